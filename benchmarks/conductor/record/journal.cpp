#include "record/journal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "memory_ledger/proc_text.hpp"
#include "support/errors.hpp"

namespace threadmark::conductor {
namespace {

/// One line as a trial of this run; nothing, with the reason, where it is none.
bool is_trial(std::string_view line, const std::string& run, nlohmann::ordered_json& into, std::string& why) {
  into = nlohmann::ordered_json::parse(line, nullptr, false);
  if (into.is_discarded()) {
    why = "is not JSON";
    return false;
  }
  for (const char* field : {"run", "block", "order", "model", "workload", "params", "outcome"}) {
    if (!into.is_object() || !into.contains(field)) {
      why = fmt::format("is no trial: it has no '{}'", field);
      return false;
    }
  }
  if (into.at("run") != run) {
    why = "belongs to another run";
    return false;
  }
  return true;
}

}  // namespace

journal::journal(const std::filesystem::path& file, const std::string& run, found_lines& found) : file_(file) {
  fd_.reset(::open(file.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!fd_) throw usage_error(fmt::format("cannot write {}: {}", file.string(), std::strerror(errno)));
  const auto found_text = ledger::read_text(file);
  // As if it were empty, all trials would be run and recorded a second time.
  if (!found_text) throw usage_error(fmt::format("cannot read {}: {}", file.string(), std::strerror(errno)));
  const std::string& text = *found_text;
  std::size_t start = 0, number = 0;
  for (auto end = text.find('\n'); end != std::string::npos; start = end + 1, end = text.find('\n', start)) {
    ++number;
    nlohmann::ordered_json trial;
    std::string why;
    if (is_trial(std::string_view(text).substr(start, end - start), run, trial, why)) {
      found.trials.push_back(std::move(trial));
    } else {
      found.warnings.push_back(fmt::format("{}: line {} {}; it is left out", file.filename().string(), number, why));
    }
  }
  if (start < text.size()) {
    if (::ftruncate(fd_.get(), static_cast<off_t>(start)) != 0) {
      throw usage_error(fmt::format("cannot write {}: {}", file.string(), std::strerror(errno)));
    }
    found.warnings.push_back(
        fmt::format("{}: line {} is cut off; its trial is run again", file.filename().string(), number + 1));
  }
}

void journal::append(const nlohmann::ordered_json& trial) {
  // A contender's words may hold bytes that are not UTF-8; they are replaced, so the line is always JSON.
  const auto line = trial.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  const off_t before = ::lseek(fd_.get(), 0, SEEK_END);
  std::size_t written = 0;
  while (written < line.size()) {
    const ssize_t now = ::write(fd_.get(), line.data() + written, line.size() - written);
    if (now < 0 && errno == EINTR) continue;
    if (now <= 0) {
      const int error = errno;
      (void)!::ftruncate(fd_.get(), before);
      throw broken(fmt::format("cannot write {}: {}; the trial is lost", file_.string(), std::strerror(error)));
    }
    written += static_cast<std::size_t>(now);
  }
  if (::fsync(fd_.get()) != 0 && errno != EINVAL &&
      errno != EROFS) {  // EINVAL: a file that cannot be synced, as a pipe
    throw broken(fmt::format("cannot bring {} to the disk: {}", file_.string(), std::strerror(errno)));
  }
}

}  // namespace threadmark::conductor
