#include "ledger_client.hpp"

#include <unistd.h>

#include <cerrno>

#include "../failure/proc_text.hpp"

namespace threadmark::harness {
namespace {

bool write_all(int fd, std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t done = ::write(fd, text.data(), text.size());
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(done));
  }
  return true;
}

bool read_byte(int fd, char& byte) noexcept {
  ssize_t got = 0;
  do got = ::read(fd, &byte, 1);
  while (got < 0 && errno == EINTR);
  return got == 1;
}

}  // namespace

bool ledger_client::snapshot(std::string_view moment, std::uint64_t tasks) noexcept {
  line_text request;
  request << "snapshot " << moment << " " << tasks;
  return ask(request.line());
}

bool ledger_client::stack(const void* lowest, std::size_t bytes) noexcept {
  line_text request;
  request << "stack " << reinterpret_cast<std::uintptr_t>(lowest) << " " << bytes;
  return ask(request.line());
}

bool ledger_client::control_block(std::size_t bytes, bool on_stack) noexcept {
  line_text request;
  request << "control_block " << bytes << (on_stack ? " stack" : " heap");
  return ask(request.line());
}

bool ledger_client::ask(std::string_view line) noexcept {
  if (!write_all(write_fd_, line)) return false;
  // Byte by byte, so that nothing after the line is taken.
  for (const char wanted : std::string_view("ok\n")) {
    char byte = 0;
    if (!read_byte(read_fd_, byte) || byte != wanted) return false;
  }
  return true;
}

}  // namespace threadmark::harness
