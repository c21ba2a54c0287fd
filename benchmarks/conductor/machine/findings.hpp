// What makes this machine noisy or too small: each finding a fact, what follows from it, and a setting where there is
// one. The facts are gathered first, so that the rules can be tested with machines that are not here.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "machine/limits.hpp"

namespace threadmark::conductor {

struct machine_facts {
  unsigned online_cpus = 1, allowed_cpus = 1;
  double load1 = 0;
  double steal_share = 0;  ///< of the allowed CPUs' time while it was watched
  std::optional<std::string> virtualization, governor, huge_pages, clock_source;
  std::optional<bool> turbo;
  std::int64_t memory_bytes = 0, memory_available_bytes = 0, swap_bytes = 0;
  std::optional<std::int64_t> randomize_va_space;
  bool real_time_allowed = true;  ///< a thread may be scheduled before all that are scheduled fairly (SCHED_FIFO)
  limits system;
  /// Variables that change how a contender behaves, as they are set: LD_PRELOAD, GOGC, …
  std::map<std::string, std::string> environment;
};

/// Watches steal for a short while (a quarter of a second); the rest takes no time.
machine_facts gather_facts();

enum class weight { note, warning, fatal };

struct finding {
  std::string id;  ///< "steal"
  weight how_bad = weight::note;
  std::string fact, consequence;
  std::string setting;       ///< empty: there is nothing to set
  std::string line() const;  ///< all in one
};

/// What a run needs of the machine.
struct needs {
  std::int64_t most_threads = 0;      ///< OS threads that a cell has alive at once
  std::int64_t most_guarded = 0;      ///< stacks with a guard page of their own that a cell has at once
  std::int64_t memory_bytes = 0;      ///< below this some profile cannot run at all
  std::int64_t most_tasks = 0;        ///< tasks of any model that a cell has alive at once, parked or not yet run
  std::int64_t most_connections = 0;  ///< of a server at once
  bool cpu_shares = false;            ///< some server is left a part of its CPUs only
};

std::vector<finding> judge_machine(const machine_facts& facts, const needs& run);

}  // namespace threadmark::conductor
