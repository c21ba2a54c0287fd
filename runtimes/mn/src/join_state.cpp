#include "mn/detail/join_state.hpp"

#include <cstdlib>

#include "locals.hpp"
#include "mn/errors.hpp"
#include "os/os.hpp"
#include "worker.hpp"

namespace mn::detail {

void join_state::begin() noexcept {
  runs_on_.store(current_worker()->current, std::memory_order_relaxed);  // see wait()
}

void join_state::wait() {
  if (done()) return;
  // Relaxed: only the task itself can find itself here, and it has written that itself. A block that was recycled says
  // nothing wrong: then the task that had it before us is done, and we have just seen that it is not.
  const worker* here = current_worker();
  if (here && here->current && here->current == runs_on_.load(std::memory_order_relaxed)) throw join_of_itself();
  thread_parker parker;
  waiter w;
  identify(w, parker);
  lock_.lock();
  if (done_.load(std::memory_order_relaxed)) {  // the lock orders it
    lock_.unlock();
    return;
  }
  joiner_ = &w;
  park_unlock(w, lock_, wait_reason::join, this);
}

void join_state::complete() noexcept {
  end_locals(*current_worker()->current);
  lock_.lock();
  const bool fatal = thrown && fate_ == fate::ends_program;  // once it is done, `thrown` is the handle's
  waiter* const joiner = joiner_;
  done_.store(true, std::memory_order_release);
  lock_.unlock();
  if (fatal) fail();
  if (joiner) wake(*joiner);
  drop_reference();
}

void join_state::abandon(fate f) noexcept {
  lock_.lock();
  fate_ = f;
  const bool fatal = done_.load(std::memory_order_relaxed) && thrown && f == fate::ends_program;
  lock_.unlock();
  if (fatal) fail();
  drop_reference();
}

void join_state::drop_reference() noexcept {
  // Acquire and release: the last one sees what the other did before it frees.
  if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
}

void join_state::fail() const noexcept {
  const auto report = [this](const char* what) {
    os::fail("mn: an exception left the task spawned at %s:%u, and nobody joins it: %s", where_.file_name(),
             where_.line(), what);
  };
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& e) {
    report(e.what());
  } catch (...) {
    report("of a type that is not derived from std::exception");
  }
  std::abort();  // not reached
}

}  // namespace mn::detail
