// A crash close to a limit of the system is that limit's doing: said so in the outcome line. Any other crash goes its
// usual way, so that the parent sees the signal.
//
// Some libraries do not report a refused mapping or thread: they abort, or fault on what they did not get. The handler
// therefore counts maps and threads then and there. It runs on a signal stack of its own, because the stack may be what
// is broken; such stacks belong to a thread each.
#pragma once

namespace threadmark::harness {

/// Handles SIGABRT, SIGSEGV and SIGBUS, and gives the calling thread a signal stack. `remember_limits` comes first.
/// Handlers that were there before (a sanitizer's, say) get every crash that is not a limit's.
void watch_for_crashes() noexcept;

/// Gives the calling thread a signal stack, unless it has one; the thread gives it back when it ends. For
/// `runtime_options::on_worker_start`.
void give_signal_stack() noexcept;

}  // namespace threadmark::harness
