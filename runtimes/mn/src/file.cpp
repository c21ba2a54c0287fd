#include "mn/file.hpp"

#include <algorithm>
#include <utility>

#include "mn/blocking.hpp"
#include "os/net.hpp"

namespace mn {

struct file::opened {
  opened(std::string name, open_mode how, int descriptor) noexcept : path(std::move(name)), mode(how), fd(descriptor) {}
  ~opened() { os::close_descriptor(fd); }
  opened(const opened&) = delete;
  opened& operator=(const opened&) = delete;

  const std::string path;
  const open_mode mode;
  const int fd;
};

namespace {

[[noreturn]] void fail(const char* what, const std::string& path, int error) {
  throw io_error(std::error_code(error, std::system_category()), std::string("mn: ") + what + " " + path);
}

}  // namespace

file::file(const std::string& path, open_mode mode) {
  const os::outcome made = blocking([&] { return os::open_file(path.c_str(), mode); });
  if (!made.ok()) fail("open", path, made.error);
  const int fd = static_cast<int>(made.value);
  try {
    opened_ = std::make_shared<const opened>(path, mode, fd);
  } catch (...) {
    os::close_descriptor(fd);
    throw;
  }
}

std::size_t file::read_at(std::uint64_t offset, std::span<char> into) const {
  std::size_t done = 0;
  bool in_memory = true;  // so far
  while (done < into.size()) {
    char* at = into.data() + done;
    const std::size_t left = into.size() - done;
    const auto from = static_cast<std::int64_t>(offset + done);
    os::outcome got;
    if (in_memory) got = os::read_cached(opened_->fd, at, left, from);
    // Linux 5.9 and 5.10 say that it ends where it is not in memory (preadv2(2)).
    if (in_memory && got.ok() && got.value == 0 && offset + done < size()) in_memory = false;
    if (!in_memory || got.would_block()) {
      in_memory = false;
      got = blocking([&] { return os::read_at(opened_->fd, at, left, from); });
    }
    if (!got.ok()) fail("read", opened_->path, got.error);
    if (got.value == 0) break;
    done += static_cast<std::size_t>(got.value);
  }
  return done;
}

void file::write_at(std::uint64_t offset, std::string_view all) const {
  if (opened_->mode == open_mode::append) fail("write at a place in", opened_->path, EINVAL);
  blocking([&] {
    while (!all.empty()) {
      const os::outcome put = os::write_at(opened_->fd, all.data(), all.size(), static_cast<std::int64_t>(offset));
      if (!put.ok()) fail("write", opened_->path, put.error);
      offset += static_cast<std::uint64_t>(put.value);
      all.remove_prefix(static_cast<std::size_t>(put.value));
    }
  });
}

void file::append(std::string_view all) const {
  blocking([&] {
    while (!all.empty()) {
      const os::outcome put = os::append(opened_->fd, all.data(), all.size());
      if (!put.ok()) fail("append to", opened_->path, put.error);
      all.remove_prefix(static_cast<std::size_t>(put.value));
    }
  });
}

std::uint64_t file::size() const {
  const os::outcome looked = os::file_size(opened_->fd);
  if (!looked.ok()) fail("size of", opened_->path, looked.error);
  return static_cast<std::uint64_t>(looked.value);
}

const std::string& file::path() const noexcept {
  return opened_->path;
}

int file::native_handle() const noexcept {
  return opened_->fd;
}

std::string read_file(const std::string& path) {
  const file f(path);
  // One byte more than it should have, so that one read finds its end; and a page where that is not known.
  std::string all(std::max<std::size_t>(f.size() + 1, 4096), '\0');
  std::size_t got = 0;
  for (;;) {
    got += f.read_at(got, std::span(all).subspan(got));
    if (got < all.size()) break;
    all.resize(2 * all.size());
  }
  all.resize(got);
  return all;
}

}  // namespace mn
