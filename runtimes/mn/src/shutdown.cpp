// The end of a runtime with a limit: waits for the tasks, and where some are left gives them up.
//
// What is given up stays where it is. Channels, locks and timers outside may hold waiters that lie on those tasks'
// stacks, and wake them later: that queues a task in this runtime, which must therefore still be there, and where
// nobody takes it up. So nothing of an abandoned scheduler is ever freed, and its workers never run a task again:
//   * `attention_abandoned` closes the gate for good (worker::attend, worker::pass_gate); a worker that comes to it
//     ends.
//   * one that never comes to it, because its task never gives way, keeps its thread, which is detached: it uses only
//     its task and this scheduler, which both stay.
//   * the monitor ends, and the runtime leaves the registry: to the search for deadlocks the threads that go on are
//     the program's, and might wake anybody.
// Abandoned schedulers are linked, so that tools which look for leaks find what is kept on purpose.
#include <chrono>
#include <mutex>
#include <utility>

#include "os/os.hpp"
#include "registry.hpp"
#include "report.hpp"
#include "scheduler.hpp"
#include "worker.hpp"

namespace mn::detail {
namespace {

constexpr std::int64_t patience_with_running_ns = 100'000'000;

scheduler* abandoned_ones = nullptr;  // under the registry's lock

std::int64_t deadline_after(std::chrono::nanoseconds patience) noexcept {
  const std::int64_t now = os::now_ns();
  const std::int64_t d = patience.count() < 0 ? 0 : patience.count();
  return d < timers::never - now ? now + d : -1;
}

shutdown_result describe(scheduler& s) {
  shutdown_result result;
  const the_report r;
  r->take(s, nullptr);
  result.left = r->tasks();
  result.clean = result.left == 0;
  if (result.clean) return result;
  text_out out(to_string, &result.report);
  out.print("mn: the runtime was shut down, and left are ");
  r->print_counts(out);
  out.print("\n");
  r->print_tasks(out);
  out.print("Their stacks (%llu of at most %zu KiB each) and control blocks are kept until the program ends.\n",
            static_cast<unsigned long long>(s.stats().stacks_in_use), s.stacks.slot_bytes() / 1024);
  std::size_t running = 0;
  for (const auto& w : s.workers) running += w->thread_id.load(std::memory_order_relaxed) != 0 && !w->has_ended();
  if (running > 0) {
    out.print("%zu worker%s still run%s such a task, and end%s when it gives way.\n", running, running == 1 ? "" : "s",
              running == 1 ? "s" : "", running == 1 ? "s" : "");
  }
  return result;
}

}  // namespace

void scheduler::abandon(std::int64_t patience_ns) noexcept {
  {
    auto& all = registry::instance();
    all.remove(*this);  // before its monitor goes, which would be counted as there: see deadlock.hpp
    std::lock_guard hold(all.lock);
    next_runtime = std::exchange(abandoned_ones, this);
  }
  watch.stop();
  stopping_.store(true, std::memory_order_seq_cst);
  attention.fetch_or(attention_abandoned, std::memory_order_seq_cst);
  os::futex_wake_all(attention);
  idle.wake_all();
  roster.recall_all();
  const std::int64_t until = os::now_ns() + patience_ns;
  for (;;) {
    const auto ended = stopped_.load(std::memory_order_acquire);
    const std::int64_t left = until - os::now_ns();
    if (ended == started_threads() || left <= 0) break;
    os::futex_wait(stopped_, ended, left);
  }
  for (auto& w : workers) w->join_or_leave();
  tracing.end_all();
  wake_those_who_want_quiet();  // those in run(): see runtime::wait_until_done
}

void scheduler::wait_until_stopped() noexcept {
  for (;;) {
    // Acquire: pairs with the release in note_stopped().
    const auto ended = stopped_.load(std::memory_order_acquire);
    if (ended == started_threads()) return;
    os::futex_wait(stopped_, ended, -1);
  }
}

void scheduler::note_stopped() noexcept {
  stopped_.fetch_add(1, std::memory_order_release);
  os::futex_wake_all(stopped_);
}

}  // namespace mn::detail

namespace mn {

shutdown_result runtime::shutdown(std::chrono::nanoseconds patience) {
  if (detail::current_worker())
    throw inside_a_task("mn: runtime::shutdown() was called inside a task, which it would wait for");
  detail::scheduler& s = *scheduler_;
  s.refuse_tasks();
  if (!s.wait_until_quiet(detail::deadline_after(patience))) {
    std::lock_guard hold(s.ending);  // of several callers one gives up, and the others find that done
    if (!s.abandoned()) s.abandon(detail::patience_with_running_ns);
  }
  return detail::describe(s);
}

}  // namespace mn
