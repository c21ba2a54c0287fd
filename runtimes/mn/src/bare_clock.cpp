#include "bare_clock.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>
#include <mutex>
#include <new>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "mn/detail/biased_lock.hpp"
#include "mn/errors.hpp"
#include "os/os.hpp"
#include "registry.hpp"

namespace mn::detail::bare_clock {
namespace {

/// Without memory to look at the clocks, they are looked at again so much later.
constexpr std::int64_t without_memory_again_ns = 1'000'000;

struct state {
  std::mutex guard;
  std::vector<std::shared_ptr<timers>> served;
  bool started = false;
  std::atomic<std::uint32_t> changes{0};  ///< the futex word
  std::atomic<bool> works{false};         ///< looks at the clocks, or fires
};

// Never destroyed: the thread uses it until the process ends.
state& all() {
  static auto& s = *new state;
  return s;
}

// For the search for deadlocks (deadlock.hpp): nothing is set that could go off, and nothing goes off right now.
bool rests() noexcept {
  state& s = all();
  std::lock_guard hold(s.guard);
  const bool nothing_set =
      std::all_of(s.served.begin(), s.served.end(), [](const auto& c) { return c->next_deadline() == timers::never; });
  return nothing_set && !s.works.load(std::memory_order_seq_cst);
}

void loop() noexcept {
  os::name_thread("mn clock");
  static registry::helper self{rests};
  registry::instance().add(self);
  state& s = all();
  std::vector<std::shared_ptr<timers>> now_served;
  for (;;) {
    // Acquire: pairs with the release in rouse().
    const auto seen = s.changes.load(std::memory_order_acquire);
    s.works.store(true, std::memory_order_seq_cst);
    std::int64_t next = timers::never;
    {
      std::lock_guard hold(s.guard);
      std::erase_if(s.served, [](const auto& c) { return c.use_count() == 1 && c->next_deadline() == timers::never; });
      try {
        now_served = s.served;
      } catch (const std::bad_alloc&) {
        next = os::now_ns() + without_memory_again_ns;
      }
    }
    for (const auto& c : now_served) {
      c->fire(os::now_ns());
      next = std::min(next, c->next_deadline());
    }
    biased_lock::leave();
    now_served.clear();  // so that whether anybody else holds a clock can be told
    s.works.store(false, std::memory_order_seq_cst);
    os::futex_wait(s.changes, seen, next == timers::never ? -1 : std::max<std::int64_t>(0, next - os::now_ns()));
  }
}

void start_thread() {
  state& s = all();
  std::lock_guard hold(s.guard);
  if (s.started) return;
  std::thread(loop).detach();
  s.started = true;
}

void serve(std::shared_ptr<timers> clock) {
  state& s = all();
  std::lock_guard hold(s.guard);
  s.served.push_back(std::move(clock));
}

}  // namespace

std::shared_ptr<timers> get() {
  static const auto own = [] {
    try {
      start_thread();
    } catch (const std::system_error& e) {
      throw out_of_resources(std::string("mn: cannot start the thread that keeps the time for plain threads: ") +
                             e.what());
    }
    auto clock = std::make_shared<timers>();
    serve(clock);
    return clock;
  }();
  return own;
}

void adopt(const std::shared_ptr<timers>& clock) noexcept {
  try {
    serve(clock);
  } catch (const std::exception& e) {
    os::fail("mn: cannot keep the timers of a runtime that has ended: %s", e.what());
  }
  // What is added from now on rouses the thread itself.
  if (clock->next_deadline() != timers::never) rouse();
}

void rouse() noexcept {
  try {
    start_thread();
  } catch (const std::exception& e) {
    os::fail("mn: cannot start the thread for timers whose runtime has ended: %s", e.what());
  }
  // Release: pairs with the acquire in loop().
  all().changes.fetch_add(1, std::memory_order_release);
  os::futex_wake_one(all().changes);
}

}  // namespace mn::detail::bare_clock
