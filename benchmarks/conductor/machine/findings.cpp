#include "machine/findings.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "support/text.hpp"

namespace threadmark::conductor {
namespace {

using list = std::vector<finding>;

/// What a parked task takes at least in a model with stacks of whole pages, and a fifth more for what is beside them.
constexpr std::int64_t bytes_of_a_task = 5'000;

/// What a server has open beside its connections, at most.
constexpr std::int64_t descriptors_besides = 64;

void judge_cpus(const machine_facts& f, list& out) {
  if (f.allowed_cpus < 2) {
    out.push_back({"cores", weight::warning, "this process may use 1 CPU",
                   "cells on 2 cores are left out, and the conductor shares the one with the contender", ""});
  } else if (f.allowed_cpus < 4) {
    out.push_back({"cores", weight::note, fmt::format("this process may use {} CPUs", f.allowed_cpus),
                   "a contender on all of them shares them with the system and the conductor", ""});
  }
  if (f.allowed_cpus < f.online_cpus) {
    out.push_back({"affinity", weight::note, fmt::format("{} of {} CPUs may be used", f.allowed_cpus, f.online_cpus),
                   "\"all\" cores means the allowed ones", "start without taskset or a cpuset"});
  }
  if (f.load1 > 0.25 * f.allowed_cpus) {
    out.push_back({"load", weight::warning,
                   fmt::format("load over the last minute is {:.2f} on {} CPUs", f.load1, f.allowed_cpus),
                   "others compete with the contenders: times are longer and spread more",
                   "stop other programs, or wait"});
  }
  if (f.steal_share > 0.005) {
    out.push_back({"steal", weight::warning,
                   fmt::format("the hypervisor takes {:.1f} % of the CPUs' time", 100 * f.steal_share),
                   "times are longer in bursts; trials that lose more than 5 % are marked and replaced once",
                   "use a dedicated host"});
  }
  if (f.virtualization) {
    out.push_back({"virtualization", weight::note, "this is a virtual machine or container: " + *f.virtualization,
                   "a page fault and a sleep cost several times what they cost on bare metal; only comparisons within "
                   "a run mean anything",
                   ""});
  }
  if (f.governor && *f.governor != "performance") {
    out.push_back({"governor", weight::warning, fmt::format("the frequency governor is '{}'", *f.governor),
                   "short trials run at a lower clock than long ones", "cpupower frequency-set -g performance"});
  }
  if (f.turbo.value_or(false)) {
    out.push_back({"turbo", weight::note, "the processor may raise its clock above the nominal one (turbo)",
                   "trials on one core can run faster than on two",
                   "echo 0 > /sys/devices/system/cpu/cpufreq/boost, or no_turbo of intel_pstate"});
  }
  if (f.clock_source && *f.clock_source != "tsc" && *f.clock_source != "kvm-clock" &&
      *f.clock_source != "arch_sys_counter") {
    out.push_back({"clock", weight::warning, fmt::format("the clock source is '{}'", *f.clock_source),
                   "reading the clock is a system call and takes about a microsecond", "boot with clocksource=tsc"});
  }
}

void judge_memory(const machine_facts& f, const needs& run, list& out) {
  constexpr std::int64_t giga = 1'000'000'000;
  const auto free_memory = [&](const std::string& consequence) {
    const auto bytes = static_cast<std::uint64_t>(std::max<std::int64_t>(0, f.memory_available_bytes));
    out.push_back({"memory", weight::warning, fmt::format("{} of memory are free", human_bytes(bytes)), consequence,
                   "stop other programs"});
  };
  const auto top = f.system.cgroup_memory_max ? std::min(*f.system.cgroup_memory_max, f.memory_bytes) : f.memory_bytes;
  if (run.memory_bytes > 0 && top < run.memory_bytes) {
    out.push_back(
        {"memory", weight::fatal, fmt::format("{} of memory", human_bytes(static_cast<std::uint64_t>(top))),
         fmt::format("no profile fits: {} are needed", human_bytes(static_cast<std::uint64_t>(run.memory_bytes))), ""});
  } else if (f.memory_available_bytes < 4 * giga) {
    free_memory("100,000 tasks of a model with large stacks may not fit; such a trial ends as 'limit'");
  } else if (f.memory_available_bytes < run.most_tasks * bytes_of_a_task) {
    free_memory(fmt::format("{} tasks at once may not fit; such a trial ends as 'limit'", run.most_tasks));
  }
  if (f.system.cgroup_memory_max && *f.system.cgroup_memory_max < f.memory_bytes) {
    out.push_back({"cgroup_memory", weight::warning,
                   fmt::format("this cgroup may use {} of memory",
                               human_bytes(static_cast<std::uint64_t>(*f.system.cgroup_memory_max))),
                   "the kernel ends a trial that needs more", "raise memory.max"});
  }
  if (f.swap_bytes > 0) {
    out.push_back({"swap", weight::note,
                   fmt::format("{} of swap", human_bytes(static_cast<std::uint64_t>(f.swap_bytes))),
                   "a trial short of memory becomes slow instead of ending as 'limit'", "swapoff -a"});
  }
  if (f.huge_pages && *f.huge_pages == "always") {
    out.push_back({"huge_pages", weight::warning, "transparent huge pages are 'always'",
                   "a first touch may take 2 MB at once: memory per task comes out larger, and time varies with it",
                   "echo madvise > /sys/kernel/mm/transparent_hugepage/enabled"});
  }
  if (f.system.overcommit_memory == 2) {
    out.push_back({"overcommit", weight::warning, "vm.overcommit_memory is 2",
                   "reserved stacks count as used: models with large stacks fail early",
                   "sysctl vm.overcommit_memory=0"});
  }
  if (f.randomize_va_space && *f.randomize_va_space > 0) {
    out.push_back({"aslr", weight::note,
                   fmt::format("addresses are randomised (kernel.randomize_va_space is {})", *f.randomize_va_space),
                   "one process may be some per cent faster than the next; that is why every trial is a fresh process",
                   ""});
  }
}

void judge_limits(const machine_facts& f, const needs& run, list& out) {
  const auto too_low = [&](const char* id, const std::optional<std::int64_t>& value, const std::string& name,
                           const std::string& setting) {
    if (!value || *value > run.most_threads + 1000) return;
    out.push_back({id, weight::warning, fmt::format("{} is {}", name, *value),
                   fmt::format("{} OS threads cannot all be alive: such a trial ends as 'limit', which is a result",
                               run.most_threads),
                   setting});
  };
  too_low("pid_max", f.system.pid_max, "kernel.pid_max", "sysctl kernel.pid_max=4194304");
  too_low("threads_max", f.system.threads_max, "kernel.threads-max",
          fmt::format("sysctl kernel.threads-max={}", 2 * run.most_threads));
  too_low("nproc", f.system.nproc, "ulimit -u", "ulimit -u unlimited");
  too_low("cgroup_pids", f.system.cgroup_pids_max, "pids.max of this cgroup", "raise pids.max");
  if (f.system.max_map_count && *f.system.max_map_count <= 2 * run.most_guarded) {
    out.push_back(
        {"max_map_count", weight::warning, fmt::format("vm.max_map_count is {}", *f.system.max_map_count),
         fmt::format("{} guarded stacks need two maps each: such a trial ends as 'limit' or 'crash', which is a result",
                     run.most_guarded),
         fmt::format("sysctl vm.max_map_count={}", 4 * run.most_guarded)});
  }
  if (f.system.nofile_hard && *f.system.nofile_hard < run.most_connections + descriptors_besides) {
    out.push_back({"open_files", weight::warning, fmt::format("ulimit -Hn is {}", *f.system.nofile_hard),
                   fmt::format("a server cannot have {} connections: such a trial ends as 'limit', which is a result",
                               run.most_connections),
                   fmt::format("ulimit -Hn {}, as root", run.most_connections + 1000)});
  }
  if (run.cpu_shares && !f.real_time_allowed) {
    out.push_back({"real_time", weight::warning, "real-time scheduling is not allowed (SCHED_FIFO)",
                   "cells of echo_server whose share_percent is below 100 end as 'misconfigured'",
                   "CAP_SYS_NICE, as docker run --cap-add SYS_NICE gives it, or 'rtprio 1' in /etc/security/limits.d"});
  }
  for (const auto& [name, value] : f.environment) {
    out.push_back({"environment", weight::warning, fmt::format("{} is set", name),
                   "it changes how some contenders behave, and a reader cannot repeat it", "unset " + name});
  }
}

}  // namespace

std::string finding::line() const {
  return fmt::format("{}: {}; {}{}", id, fact, consequence,
                     setting.empty() ? "" : fmt::format(" (setting: {})", setting));
}

std::vector<finding> judge_machine(const machine_facts& facts, const needs& run) {
  list result;
  judge_cpus(facts, result);
  judge_memory(facts, run, result);
  judge_limits(facts, run, result);
  std::ranges::stable_sort(result, [](const finding& a, const finding& b) { return a.how_bad > b.how_bad; });
  return result;
}

}  // namespace threadmark::conductor
