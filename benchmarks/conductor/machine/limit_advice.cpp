#include "machine/limit_advice.hpp"

#include <array>
#include <utility>

namespace threadmark::conductor {

std::string limit_advice(std::string_view reason) {
  // In the order of suspicion: a reason may name a second one in passing.
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 10> known = {{
      {"kernel.pid_max", "sysctl kernel.pid_max, up to 4194304 on 64-bit machines: every thread takes a number"},
      {"kernel.threads-max", "sysctl kernel.threads-max: all threads of the machine together"},
      {"RLIMIT_NPROC", "ulimit -u: all threads of this user together"},
      {"pids.max", "pids.max of the cgroup that this ran in (systemd: TasksMax=)"},
      {"vm.max_map_count", "sysctl vm.max_map_count: each stack with a guard page takes two mappings"},
      {"RLIMIT_AS", "ulimit -v: address space, of which each stack reserves its whole size"},
      {"ulimit -v", "ulimit -v: address space, of which each stack reserves its whole size"},
      {"RLIMIT_DATA", "ulimit -d: memory that is not backed by a file"},
      {"CommitLimit", "sysctl vm.overcommit_memory or vm.overcommit_ratio: address space counts as promised memory"},
      {"memory", "more memory, or smaller stacks"},
  }};
  for (const auto& [name, advice] : known) {
    if (reason.find(name) != std::string_view::npos) return std::string(advice);
  }
  return {};
}

}  // namespace threadmark::conductor
