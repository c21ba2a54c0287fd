#include "task_parts.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <numeric>

#include "proc_text.hpp"

namespace threadmark::ledger {
namespace {

/// Takes a word off the front of a line of words with single blanks between them.
std::string_view take_word(std::string_view& line) {
  const auto word = line.substr(0, line.find(' '));
  line.remove_prefix(std::min(line.size(), word.size() + 1));
  return word;
}

template <class T>
bool take_number(std::string_view& line, T& into, int base = 10) {
  const auto word = take_word(line);
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), into, base);
  return error == std::errc{} && end == word.data() + word.size() && into >= 0;
}

/// The mapping that an address lies in, by the lines of /proc/PID/maps: "7f00-7fff rw-p …".
std::optional<stack_place> mapping_of(std::uint64_t address, std::string_view maps) {
  while (!maps.empty()) {
    const auto line = maps.substr(0, maps.find('\n'));
    maps.remove_prefix(std::min(maps.size(), line.size() + 1));
    const auto dash = line.find('-');
    if (dash == std::string_view::npos) continue;
    std::uint64_t first = 0, end = 0;
    auto left = line.substr(0, dash), right = line.substr(dash + 1);
    if (take_number(left, first, 16) && take_number(right, end, 16) && first <= address && address < end)
      return stack_place{first, end - first};
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::int64_t> touched_bytes(pid_t process, const stack_place& stack, const std::filesystem::path& proc) {
  const auto folder = proc / std::to_string(process);
  stack_place where = stack;
  if (where.bytes == 0) {
    const auto mapping = mapping_of(stack.lowest, read_text(folder / "maps").value_or(""));
    if (!mapping) return std::nullopt;
    where = *mapping;
  }
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  const std::uint64_t first = where.lowest / page, end = (where.lowest + where.bytes + page - 1) / page;
  const int file = ::open((folder / "pagemap").c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return std::nullopt;
  std::vector<std::uint64_t> entries(end - first);
  const std::size_t wanted = entries.size() * sizeof(std::uint64_t);
  const ssize_t got = ::pread(file, entries.data(), wanted, static_cast<off_t>(first * sizeof(std::uint64_t)));
  ::close(file);
  if (got != static_cast<ssize_t>(wanted)) return std::nullopt;
  constexpr std::uint64_t present_or_swapped = std::uint64_t{3} << 62;
  const auto touched = std::ranges::count_if(entries, [](auto entry) { return (entry & present_or_swapped) != 0; });
  return touched * static_cast<std::int64_t>(page);
}

bool task_parts::understand(std::string_view line) {
  const auto verb = take_word(line);
  if (verb == "stack") {
    stack_place place;
    if (stacks_.size() == stacks_at_most || !take_number(line, place.lowest) || !take_number(line, place.bytes))
      return false;
    stacks_.push_back(place);
  } else if (verb == "stacks") {
    std::int64_t bytes = 0;
    if (said_ || !take_number(line, bytes)) return false;
    said_ = bytes;
  } else if (verb == "control_block") {
    if (control_block_ != 0 || !take_number(line, control_block_)) return false;
    const auto place = take_word(line);
    control_block_on_stack_ = place == "stack";
    if (!control_block_on_stack_ && place != "heap") return false;
  } else {
    return false;
  }
  return line.empty();
}

void task_parts::snapshot() {
  all_.push_back(std::exchange(said_, {}));
  if (all_.size() != 2) return;
  for (const stack_place& place : stacks_) {
    if (const auto bytes = touched_(place)) seen_.push_back(*bytes);
  }
}

std::optional<double> task_parts::stack_bytes(std::uint64_t n) const {
  if (!seen_.empty() && seen_.size() == stacks_.size())
    return static_cast<double>(std::accumulate(seen_.begin(), seen_.end(), std::int64_t{0})) /
           static_cast<double>(seen_.size());
  if (all_.size() > 1 && all_[0] && all_[1]) return static_cast<double>(*all_[1] - *all_[0]) / static_cast<double>(n);
  return std::nullopt;
}

std::vector<std::pair<std::string, double>> task_parts::metrics(double resident, std::uint64_t n) const {
  std::vector<std::pair<std::string, double>> result;
  const auto touched = stack_bytes(n);
  if (!touched) return result;
  const auto block = static_cast<double>(control_block_);
  const double stack = *touched - (control_block_on_stack_ ? block : 0);
  result.emplace_back("bytes_per_task.stack", stack);
  if (control_block_ != 0) result.emplace_back("bytes_per_task.control_block", block);
  result.emplace_back("bytes_per_task.heap", resident - stack - block);
  return result;
}

std::string task_parts::source() const {
  if (!stack_bytes(1)) return {};
  if (seen_.empty()) return "the runtime's own account of all stacks";
  return "/proc/PID/pagemap: touched pages, mean of " + std::to_string(seen_.size()) + " stacks";
}

}  // namespace threadmark::ledger
