#include "ledger.hpp"

#include <charconv>

namespace threadmark::ledger {
namespace {

constexpr std::size_t longest_line = 200;

/// "snapshot NAME COUNT" taken apart.
bool split(std::string_view line, std::string_view& name, std::uint64_t& count) {
  constexpr std::string_view verb = "snapshot ";
  if (!line.starts_with(verb)) return false;
  line.remove_prefix(verb.size());
  const auto blank = line.find(' ');
  if (blank == std::string_view::npos) return false;
  name = line.substr(0, blank);
  line.remove_prefix(blank + 1);
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), count);
  return error == std::errc{} && end == line.data() + line.size();
}

bool is_moment(std::string_view name) {
  return name == "parked" || name == "spawned";
}

}  // namespace

std::string session::feed(std::string_view bytes) {
  std::string answer;
  if (!fault_.empty()) return answer;
  pending_.append(bytes);
  for (auto end = pending_.find('\n'); end != std::string::npos; end = pending_.find('\n')) {
    const std::string line = pending_.substr(0, end);
    pending_.erase(0, end + 1);
    if (!understand(line)) return answer;
    answer += "ok\n";
  }
  if (pending_.size() > longest_line) {
    fault_ = "a line on the ledger's pipe that does not end: '" + pending_.substr(0, 40) + "…'";
  }
  return answer;
}

bool session::understand(std::string_view line) {
  std::string_view name;
  std::uint64_t count = 0;
  const bool expected = split(line, name, count) && ((name == "baseline" && count == 0 && !baseline_) ||
                                                     (is_moment(name) && count > 0 && baseline_ && !tasks_there_));
  if (!expected) {
    fault_ = "a line on the ledger's pipe that is not the snapshot due: '" + std::string(line.substr(0, 80)) + "'";
    return false;
  }
  std::string error;
  auto taken = read_(error);
  if (!taken) {
    fault_ = error;
    return false;
  }
  if (name == "baseline") {
    baseline_ = std::move(taken);
  } else if (taken->from != baseline().from) {
    fault_ = "the two snapshots come from different sources and cannot be compared";
    return false;
  } else {
    tasks_there_ = std::move(taken);
    moment_ = name;
    tasks_ = count;
  }
  return true;
}

std::vector<std::pair<std::string, double>> session::metrics() const {
  const auto tasks = static_cast<double>(tasks_);
  std::vector<std::pair<std::string, double>> result;
  result.emplace_back("bytes_per_task",
                      static_cast<double>(tasks_there().bytes.all_in() - baseline().bytes.all_in()) / tasks);
  for_each_part([&](const char* name, auto part, auto) {
    result.emplace_back(std::string("bytes_per_task.") + name,
                        static_cast<double>(tasks_there().bytes.*part - baseline().bytes.*part) / tasks);
  });
  return result;
}

}  // namespace threadmark::ledger
