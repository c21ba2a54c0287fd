#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

#include "os/symbols.hpp"

namespace mn::os {
namespace {

const char* without_folder(const char* path) noexcept {
  const char* slash = std::strrchr(path, '/');
  return slash ? slash + 1 : path;
}

/// The path under which the module's file can be opened. The program's own name need not lead to it any more.
const char* file_of(const Dl_info& in, bool program) noexcept {
  return program ? "/proc/self/exe" : in.dli_fname;
}

}  // namespace

symbol_reader::~symbol_reader() {
  close();
}

void symbol_reader::close() noexcept {
  if (file_) munmap(const_cast<unsigned char*>(file_), bytes_);
  file_ = nullptr;
  bytes_ = 0;
}

void symbol_reader::open(const char* path) noexcept {
  if (std::strncmp(path_, path, sizeof path_) == 0) return;
  close();
  std::strncpy(path_, path, sizeof path_ - 1);
  const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  struct stat s;
  if (fstat(fd, &s) == 0 && s.st_size > static_cast<off_t>(sizeof(ElfW(Ehdr)))) {
    void* at = mmap(nullptr, static_cast<std::size_t>(s.st_size), PROT_READ, MAP_PRIVATE, fd, 0);
    if (at != MAP_FAILED) {
      file_ = static_cast<const unsigned char*>(at);
      bytes_ = static_cast<std::size_t>(s.st_size);
    }
  }
  ::close(fd);
}

// The file may be another one by now, or damaged, so each place is checked before it is read.
void symbol_reader::search(std::uintptr_t in_file, symbol& out) const noexcept {
  if (!file_) return;
  const auto inside = [this](std::size_t at, std::size_t n) { return at <= bytes_ && n <= bytes_ - at; };
  const auto& head = *reinterpret_cast<const ElfW(Ehdr)*>(file_);
  if (std::memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 || head.e_shentsize != sizeof(ElfW(Shdr)) ||
      !inside(head.e_shoff, std::size_t{head.e_shnum} * sizeof(ElfW(Shdr)))) {
    return;
  }
  const auto* sections = reinterpret_cast<const ElfW(Shdr)*>(file_ + head.e_shoff);
  for (std::size_t i = 0; i < head.e_shnum; ++i) {
    const auto& table = sections[i];
    if (table.sh_type != SHT_SYMTAB || table.sh_link >= head.e_shnum || !inside(table.sh_offset, table.sh_size))
      continue;
    const auto& strings = sections[table.sh_link];
    if (!inside(strings.sh_offset, strings.sh_size)) return;
    const auto* symbols = reinterpret_cast<const ElfW(Sym)*>(file_ + table.sh_offset);
    for (std::size_t k = 0; k < table.sh_size / sizeof(ElfW(Sym)); ++k) {
      const auto& s = symbols[k];
      if ((s.st_info & 0xf) != STT_FUNC || s.st_shndx == SHN_UNDEF) continue;
      if (in_file < s.st_value || in_file - s.st_value >= s.st_size || s.st_name >= strings.sh_size) continue;
      const auto* name = reinterpret_cast<const char*>(file_ + strings.sh_offset + s.st_name);
      if (!std::memchr(name, '\0', strings.sh_size - s.st_name)) return;
      out.name = name;
      out.offset = in_file - s.st_value;
      return;
    }
  }
}

void symbol_reader::find(const void* address, symbol& out) noexcept {
  out = {};
  out.module_offset = reinterpret_cast<std::uintptr_t>(address);
  Dl_info in;
  link_map* map = nullptr;
  if (dladdr1(address, &in, reinterpret_cast<void**>(&map), RTLD_DL_LINKMAP) == 0 || !in.dli_fname || !map) return;
  const bool program = map->l_name == nullptr || map->l_name[0] == '\0';
  out.module = without_folder(in.dli_fname);
  out.module_offset =
      reinterpret_cast<std::uintptr_t>(address) - map->l_addr;  // a program at a fixed place: l_addr is 0
  if (in.dli_sname && in.dli_saddr) {
    out.name = in.dli_sname;
    out.offset = static_cast<std::size_t>(static_cast<const char*>(address) - static_cast<const char*>(in.dli_saddr));
    return;
  }
  open(file_of(in, program));
  search(out.module_offset, out);
}

}  // namespace mn::os
