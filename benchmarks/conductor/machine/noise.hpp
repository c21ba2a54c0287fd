// What others do to this machine while a trial runs, and the rule that marks a trial for it.
//
// The rule, fixed before any trial and blind to its result: a trial is marked `stolen_time` when the hypervisor stole
// more than `stolen_share` of the time of the CPUs the trial may use (the first K allowed) and at least `stolen_ticks`
// ticks; one tick is the counter's resolution and says nothing. A marked trial is run once more at once, in the same
// place of the same block, whatever its outcome was, and what the second says stands. No more than one trial in
// `one_replacement_in` of a run is replaced, so that a machine that is always robbed ends its run in bounded time;
// beyond that trials are only marked.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace threadmark::conductor {

inline constexpr double stolen_share = 0.05;
inline constexpr std::int64_t stolen_ticks = 2;
inline constexpr int one_replacement_in = 10;

/// Steal ticks since boot, summed over these CPUs; from the text of /proc/stat. 0 where there is no such column.
std::int64_t steal_ticks(std::string_view stat, const std::vector<unsigned>& cpus);
/// The same, now.
std::int64_t steal_ticks_now(const std::vector<unsigned>& cpus);

/// The rule above. `stolen`: ticks during the trial, over `cpus` CPUs, in `seconds`.
bool is_stolen(std::int64_t stolen, unsigned cpus, double seconds);

/// Runnable tasks over the last minute; negative where it cannot be read.
double load1();

/// Processes that the kernel ended for want of memory since boot (vmstat: oom_kill); 0 where it is not counted.
std::int64_t oom_kills();

}  // namespace threadmark::conductor
