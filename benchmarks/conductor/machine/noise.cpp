#include "machine/noise.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <string>

#include "memory_ledger/proc_text.hpp"

namespace threadmark::conductor {

std::int64_t steal_ticks(std::string_view stat, const std::vector<unsigned>& cpus) {
  constexpr int steal_column = 8;  // cpuN user nice system idle iowait irq softirq steal
  std::int64_t sum = 0;
  for (const unsigned cpu : cpus) {
    const auto name = fmt::format("cpu{} ", cpu);
    auto at = stat.starts_with(name) ? 0 : stat.find("\n" + name);
    if (at == std::string_view::npos) continue;
    auto line = stat.substr(stat[at] == '\n' ? at + 1 : at);
    line = line.substr(0, line.find('\n'));
    for (int column = 0; column < steal_column && !line.empty(); ++column) {
      const auto blank = line.find(' ');
      line = blank == std::string_view::npos ? std::string_view() : line.substr(blank + 1);
    }
    std::int64_t ticks = 0;
    std::from_chars(line.data(), line.data() + line.size(), ticks);
    sum += ticks;
  }
  return sum;
}

std::int64_t steal_ticks_now(const std::vector<unsigned>& cpus) {
  return steal_ticks(ledger::read_text("/proc/stat").value_or(""), cpus);
}

bool is_stolen(std::int64_t stolen, unsigned cpus, double seconds) {
  const auto ticks_a_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
  return stolen >= stolen_ticks && static_cast<double>(stolen) > stolen_share * cpus * seconds * ticks_a_second;
}

double load1() {
  double loads[1];
  return ::getloadavg(loads, 1) == 1 ? loads[0] : -1;
}

std::int64_t oom_kills() {
  return ledger::field(ledger::read_text("/proc/vmstat").value_or(""), "oom_kill").value_or(0);
}

}  // namespace threadmark::conductor
