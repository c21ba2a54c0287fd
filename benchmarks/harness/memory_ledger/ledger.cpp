#include "ledger.hpp"

#include <algorithm>
#include <array>
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

/// The moment that is about connections; at the others it is tasks that are counted.
constexpr std::string_view connected = "connected";
constexpr std::array<std::string_view, 10> known_moments{"parked",   "spawned", "leaked", "aged",  "deep",
                                                         "returned", "idle",    "asked",  "ended", connected};

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

bool session::is_due(std::string_view name, std::uint64_t count) const {
  if (moments_.empty()) return name == "baseline" && count == 0;
  const bool known = std::ranges::find(known_moments, name) != known_moments.end();
  const bool there = std::ranges::any_of(moments_, [&](const moment& m) { return m.name == name; });
  return known && !there && count > 0 && (moments_.size() == 1 || count == tasks_);
}

bool session::understand(std::string_view line) {
  std::string_view name;
  std::uint64_t count = 0;
  if (split(line, name, count) && is_due(name, count)) return take_snapshot(name, count);
  if (of_a_task_.understand(line)) return true;
  fault_ = "a line on the ledger's pipe that is not the snapshot due: '" + std::string(line.substr(0, 80)) + "'";
  return false;
}

bool session::take_snapshot(std::string_view name, std::uint64_t count) {
  std::string error;
  auto taken = read_(error);
  if (!taken) {
    fault_ = error;
    return false;
  }
  if (!moments_.empty() && taken->from != moments_.front().taken.from) {
    fault_ = "the snapshots come from different sources and cannot be compared";
    return false;
  }
  moments_.push_back({std::string(name), std::move(*taken)});
  of_a_task_.snapshot();
  tasks_ = count;
  return true;
}

std::vector<std::pair<std::string, double>> session::metrics() const {
  std::vector<std::pair<std::string, double>> result;
  if (!complete()) return result;
  const parts& baseline = moments_[0].taken.bytes;
  const snapshot& own = moments_[1].taken;
  const auto per_task = [&](std::int64_t now, std::int64_t before) {
    return static_cast<double>(now - before) / static_cast<double>(tasks_);
  };
  const double all_in = per_task(own.bytes.all_in(), baseline.all_in());
  const std::string all = moments_[1].name == connected ? "bytes_per_connection" : "bytes_per_task";
  result.emplace_back(all, all_in);
  for_each_part([&](const char* name, auto part, auto) {
    result.emplace_back(all + "." + name, per_task(own.bytes.*part, baseline.*part));
  });
  for (auto& metric : of_a_task_.metrics(per_task(own.bytes.resident, baseline.resident), tasks_))
    result.push_back(std::move(metric));
  if (own.bytes.whole && baseline.whole) {
    const double whole = per_task(*own.bytes.whole, *baseline.whole);
    result.emplace_back(all + ".whole", whole);
    result.emplace_back(all + ".not_accounted", whole - all_in);
  }
  result.emplace_back("os_threads", static_cast<double>(own.os_threads));
  for (std::size_t i = 1; i < moments_.size(); ++i) {
    result.emplace_back(moments_[i].name + "_bytes_per_task",
                        per_task(moments_[i].taken.bytes.all_in(), baseline.all_in()));
  }
  return result;
}

}  // namespace threadmark::ledger
