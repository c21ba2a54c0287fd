#include "record/run_folder.hpp"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <random>

#include "support/errors.hpp"

namespace threadmark::conductor {
namespace {

constexpr const char* lock_file = ".lock";
constexpr const char* latest = "latest";

[[noreturn]] void cannot_write(const std::filesystem::path& what, const std::string& why) {
  throw usage_error(fmt::format("cannot write to {}: {}; choose another folder by --out", what.string(), why));
}

void check_name(const std::string& name) {
  constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  if (name == latest || name.empty() || name[0] == '.' || name[0] == '-' || name.size() > 100 ||
      name.find_first_not_of(allowed) != std::string::npos) {
    throw usage_error(
        fmt::format("a run cannot be named '{}': letters, digits, '.', '_' and '-', not '{}'", name, latest));
  }
}

std::string new_name() {
  std::random_device random;
  return fmt::format("{:%Y%m%dT%H%M%SZ}-{:04x}", fmt::gmtime(std::time(nullptr)), random() & 0xffff);
}

void make_folders(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  // Without an error where a file is in the way of the last step.
  if (!error && !std::filesystem::is_directory(folder)) error = std::make_error_code(std::errc::not_a_directory);
  if (error) cannot_write(folder, error.message());
}

}  // namespace

run_folder run_folder::create(const std::filesystem::path& out, const std::string& name) {
  if (!name.empty()) check_name(name);
  run_folder made(out, name.empty() ? new_name() : name);
  make_folders(out);
  std::error_code error;
  // Seen now, so that no run is begun that could not become the latest.
  const auto link = std::filesystem::symlink_status(out / latest, error);
  if (std::filesystem::exists(link) && !std::filesystem::is_symlink(link)) cannot_write(out / latest, "it is no link");
  if (!std::filesystem::create_directory(made.path(), error)) {
    if (error) cannot_write(made.path(), error.message());
    throw usage_error(fmt::format("run '{0}' is there already: --resume={0} goes on with it", made.name_));
  }
  make_folders(made.raw());
  made.take_lock();
  return made;
}

run_folder run_folder::open(const std::filesystem::path& out, const std::string& name) {
  std::error_code error;
  auto which = name;
  if (name.empty() || name == latest) {
    which = std::filesystem::read_symlink(out / latest, error).filename().string();
    if (error) throw usage_error(fmt::format("no run to resume: {} is not there", (out / latest).string()));
  }
  check_name(which);
  run_folder found(out, which);
  if (!std::filesystem::is_directory(found.path(), error)) {
    throw usage_error(fmt::format("no run '{}' in {}", which, out.string()));
  }
  make_folders(found.raw());
  found.take_lock();
  return found;
}

void run_folder::take_lock() {
  const auto file = path() / lock_file;
  lock_.reset(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!lock_) cannot_write(file, std::strerror(errno));
  if (::flock(lock_.get(), LOCK_EX | LOCK_NB) == 0) return;
  if (errno == EWOULDBLOCK) throw usage_error(fmt::format("another conductor is on run '{}' just now", name_));
  cannot_write(file, std::strerror(errno));
}

void run_folder::make_latest() const {
  const auto link = out_ / latest, fresh = out_ / fmt::format(".{}-{}", latest, ::getpid());
  std::error_code error;
  std::filesystem::remove(fresh, error);
  std::filesystem::create_directory_symlink(name_, fresh, error);
  if (!error) std::filesystem::rename(fresh, link, error);
  if (error) {
    std::error_code ignored;
    std::filesystem::remove(fresh, ignored);
    cannot_write(link, error.message());
  }
}

void run_folder::write(const std::string& file, const std::string& text) const {
  const auto fresh = path() / ("." + file + ".new");
  descriptor fd(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!fd || ::write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
      ::fsync(fd.get()) != 0 || ::rename(fresh.c_str(), (path() / file).c_str()) != 0) {
    cannot_write(path() / file, std::strerror(errno));
  }
}

}  // namespace threadmark::conductor
