// Which function an address of this process lies in. From the dynamic symbols, and, as those of a program are few
// (unless it is linked with -rdynamic) and static functions are never among them, from the file's own symbol table,
// which is there until somebody strips it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace mn::os {

struct symbol {
  const char* module = "?";       ///< the program's or the library's file, without its folder
  std::size_t module_offset = 0;  ///< the address as `addr2line -e module` takes it
  const char* name = nullptr;     ///< as the linker knows it; null where it is not known
  std::size_t offset = 0;         ///< from the function's beginning
};

/// Keeps the file that was last read mapped. Allocates nothing; what it gives is valid until the next find().
class symbol_reader {
 public:
  symbol_reader() = default;
  ~symbol_reader();
  symbol_reader(const symbol_reader&) = delete;
  symbol_reader& operator=(const symbol_reader&) = delete;

  void find(const void* address, symbol& out) noexcept;

 private:
  void open(const char* path) noexcept;
  void close() noexcept;
  void search(std::uintptr_t in_file, symbol& out) const noexcept;

  char path_[512] = "";
  const unsigned char* file_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace mn::os
