#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <string_view>
#include <thread>

#include "machine/cpu.hpp"
#include "machine/findings.hpp"
#include "machine/noise.hpp"
#include "memory_ledger/proc_text.hpp"
#include "support/text.hpp"

namespace threadmark::conductor {
namespace {

std::optional<std::string> word_in(const char* file) {
  const auto text = ledger::read_text(file);
  return text ? std::optional(std::string(trim(*text))) : std::nullopt;
}

/// The word in brackets: "always [madvise] never".
std::optional<std::string> chosen_in(const char* file) {
  auto text = word_in(file);
  if (!text) return std::nullopt;
  const auto open = text->find('['), close = text->find(']');
  if (open == std::string::npos || close == std::string::npos || close < open) return text;
  return text->substr(open + 1, close - open - 1);
}

std::optional<bool> turbo() {
  if (const auto off = word_in("/sys/devices/system/cpu/intel_pstate/no_turbo")) return *off == "0";
  if (const auto on = word_in("/sys/devices/system/cpu/cpufreq/boost")) return *on == "1";
  return std::nullopt;
}

double watch_steal() {
  const auto cpus = allowed_cpus();
  const auto before = steal_ticks_now(cpus);
  const auto start = std::chrono::steady_clock::now();
  std::this_thread::sleep_for(std::chrono::milliseconds(250));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  const auto all = took.count() * static_cast<double>(cpus.size()) * static_cast<double>(::sysconf(_SC_CLK_TCK));
  return static_cast<double>(steal_ticks_now(cpus) - before) / all;
}

bool may_be_real_time() {
  bool allowed = false;
  std::thread([&] {
    const sched_param lowest{::sched_get_priority_min(SCHED_FIFO)};
    allowed = ::pthread_setschedparam(::pthread_self(), SCHED_FIFO, &lowest) == 0;
  }).join();
  return allowed;
}

std::map<std::string, std::string> telling_variables() {
  std::map<std::string, std::string> result;
  for (const char* name : {"LD_PRELOAD", "GLIBC_TUNABLES", "GOGC", "GOMEMLIMIT", "GOMAXPROCS", "GODEBUG", "GOTRACEBACK",
                           "MALLOC_ARENA_MAX", "MALLOC_PERTURB_", "MALLOC_CHECK_", "MALLOC_TOP_PAD_"}) {
    if (const char* value = std::getenv(name)) result[name] = value;
  }
  return result;
}

}  // namespace

machine_facts gather_facts() {
  machine_facts f;
  f.online_cpus = online_cpus();
  f.allowed_cpus = static_cast<unsigned>(allowed_cpus().size());
  f.load1 = load1();
  f.steal_share = watch_steal();
  f.virtualization = virtualization();
  f.governor = word_in("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
  f.turbo = turbo();
  f.huge_pages = chosen_in("/sys/kernel/mm/transparent_hugepage/enabled");
  f.clock_source = word_in("/sys/devices/system/clocksource/clocksource0/current_clocksource");
  const auto meminfo = ledger::read_text("/proc/meminfo").value_or("");
  f.memory_bytes = ledger::field(meminfo, "MemTotal").value_or(0);
  f.memory_available_bytes = ledger::field(meminfo, "MemAvailable").value_or(0);
  f.swap_bytes = ledger::field(meminfo, "SwapTotal").value_or(0);
  if (const auto text = word_in("/proc/sys/kernel/randomize_va_space")) f.randomize_va_space = whole_number(*text);
  f.real_time_allowed = may_be_real_time();
  f.system = read_limits();
  f.environment = telling_variables();
  return f;
}

}  // namespace threadmark::conductor
