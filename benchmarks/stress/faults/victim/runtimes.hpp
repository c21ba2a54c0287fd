// Runtimes that are started and ended, and what plain threads do with mn.
#pragma once

#include "mn/mn.hpp"
#include "stress/faults/victim/work.hpp"

namespace threadmark::faults {

/// Options within which all kinds of work can be done.
mn::options some_options(dice& random, unsigned cores);

/// Several kinds of work at once; every task has ended afterwards.
void work_round(mn::runtime& on, dice random, void (*count)(std::size_t kind));

/// A runtime from its start to its end, by the destructor or by shutdown(), with tasks that are left or without.
void short_lived_runtime(dice random, unsigned cores);

/// Timers and contexts of a thread that runs no task, and a timer that outlives its runtime.
void without_a_runtime(dice random);

}  // namespace threadmark::faults
