// Halts and backtraces while tasks do everything that makes workers switch.
#include "halt.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "arch/unwind.hpp"
#include "backtrace.hpp"
#include "on_cores.hpp"
#include "os/symbols.hpp"
#include "registry.hpp"
#include "scheduler.hpp"
#include "worker.hpp"

using namespace std::chrono_literals;
using mn::detail::task;
using mn::detail::task_state;

namespace {

constexpr std::int64_t patient = 60'000'000'000;  // workers that get no CPU come to a halt late

template <class F>
void start(mn::detail::scheduler& s, F f) {
  mn::detail::submit(*mn::detail::make_task(mn::detail::acquire_task(s), f), std::source_location::current());
}

/// Tasks that hand values on, yield, sleep, lock, start others and end, until told to stop.
class bustle {
 public:
  explicit bustle(mn::detail::scheduler& s) : s_(s) {
    for (int i = 0; i < 4; ++i) {
      mn::channel<int> there, back;
      start(s, [this, there, back] {
        while (!stop_) {
          there.send(1);
          (void)back.recv();
        }
        there.close();
      });
      start(s, [there, back] {
        for (int v : there) back.send(v);
      });
      start(s, [this] {
        while (!stop_) {
          mn::yield();
          mn::go([] { mn::yield(); });
        }
      });
      start(s, [this, i] {
        while (!stop_) {
          std::lock_guard hold(lock_);
          mn::sleep_for(std::chrono::microseconds(10 * i));
        }
      });
      start(s, [this] {
        mn::channel<int> never;
        while (!stop_) mn::select(mn::on_recv(never, [](auto) {}), mn::after(5us, [] {}));
      });
    }
  }
  ~bustle() {
    stop_ = true;
    s_.wait_until_quiet();
  }

 private:
  mn::detail::scheduler& s_;
  mn::mutex lock_;
  std::atomic<bool> stop_{false};
};

/// Between two looks, so that there is something to see.
void let_go_on(int round) {
  if (round == 0) std::this_thread::sleep_for(10ms);
  std::this_thread::sleep_for(std::chrono::microseconds(round % 7 * 20));
}

struct standing_task {
  const task* of;
  std::uint64_t id;
  const void* sp;
};

#if defined(MN_TSAN)
[[gnu::noinline, gnu::noipa, gnu::no_sanitize("thread")]]
#endif
standing_task look(const task& t) {
  return {&t, t.id.load(std::memory_order_acquire), t.stack ? t.ctx.sp : nullptr};
}

/// The calls of a task from the inner to the outermost one, by name.
std::vector<std::string> names(const mn::detail::backtrace& b) {
  std::vector<std::string> all;
  mn::os::symbol_reader symbols;
  for (std::uint32_t i = 0; i < b.count; ++i) {
    mn::os::symbol s;
    symbols.find(b.calls[i], s);
    all.emplace_back(s.name ? s.name : "?");
  }
  return all;
}

}  // namespace

// `used`: by these names also where the linker optimises.
extern "C" {
[[gnu::noinline, gnu::used]] void mn_test_innermost(const mn::channel<int>* ch) {
  (void)ch->recv();
  asm volatile("");
}
[[gnu::noinline, gnu::used]] void mn_test_between(const mn::channel<int>* ch) {
  mn_test_innermost(ch);
  asm volatile("");
}
[[gnu::noinline, gnu::used]] void mn_test_spins(const std::atomic<bool>* stop) {
  while (!*stop) {
  }
  asm volatile("");
}
}

TEST(halt, while_it_stands_no_task_is_taken_up_and_those_that_do_not_run_keep_still) {
  for (unsigned cores : {1u, 2u, 4u}) {
    mn::detail::scheduler s({.cores = cores});
    bustle tasks(s);
    for (int round = 0; round < 200; ++round) {
      let_go_on(round);
      std::lock_guard hold(mn::detail::registry::instance().lock);
      const mn::detail::halt h(s, patient);
      ASSERT_TRUE(h.stands());
      std::vector<standing_task> still;
      s.blocks.each([&](const task& t) {
        const auto state = t.state.load(std::memory_order_acquire);
        if (h.may_read(t) && (state == task_state::parked || state == task_state::ready)) still.push_back(look(t));
      });
      if (round % 16 == 0) std::this_thread::sleep_for(200us);
      for (const auto& before : still) {
        const auto state = before.of->state.load(std::memory_order_acquire);
        ASSERT_TRUE(state == task_state::parked || state == task_state::ready) << static_cast<int>(state);
        const auto now = look(*before.of);
        ASSERT_EQ(now.id, before.id);
        ASSERT_EQ(now.sp, before.sp);
      }
    }
  }
}

TEST(halt, ends_and_everything_goes_on) {
  mn::detail::scheduler s({.cores = 2});
  std::atomic<int> rounds{0};
  start(s, [&] {
    for (int i = 0; i < 2000; ++i) {
      mn::yield();
      if (i % 100 == 0) mn::sleep_for(10us);
      ++rounds;
    }
  });
  while (rounds < 2000) {
    std::lock_guard hold(mn::detail::registry::instance().lock);
    const mn::detail::halt h(s, patient);
  }
  s.wait_until_quiet();
  EXPECT_EQ(rounds, 2000);
}

TEST(halt, one_of_a_runtime_that_sleeps_or_runs_on_without_a_choice_stands_at_once) {
  mn::detail::scheduler s({.cores = 2});
  std::atomic<bool> stop{false}, ran{false};
  start(s, [&] { mn_test_spins(&stop); });
  std::this_thread::sleep_for(20ms);
  {
    std::lock_guard hold(mn::detail::registry::instance().lock);
    const mn::detail::halt h(s, patient);
    EXPECT_TRUE(h.stands());
    // What becomes ready meanwhile waits, although a worker is free.
    start(s, [&] { ran = true; });
    std::this_thread::sleep_for(20ms);
    EXPECT_FALSE(ran);
    stop = true;
  }
  s.wait_until_quiet();
}

TEST(backtrace, of_a_parked_task_leads_from_what_it_called_last_to_where_it_began) {
  if (!mn::arch::can_unwind_saved) GTEST_SKIP() << "the portable switch hides where a task stands";
  mn::detail::scheduler s({.cores = 2});
  mn::channel<int> ch;
  start(s, [=] { mn_test_between(&ch); });
  mn::detail::backtrace calls;
  std::vector<std::string> found;
  for (bool parked = false; !parked;) {
    std::lock_guard hold(mn::detail::registry::instance().lock);
    const mn::detail::halt h(s, patient);
    ASSERT_TRUE(h.stands());
    s.blocks.each([&](const task& t) {
      if (t.state.load() != task_state::parked || !h.may_read(t)) return;
      parked = true;
      mn::detail::take_saved_backtrace(t, calls);
      found = names(calls);
    });
  }
  const auto at = [&](const char* name) { return std::find(found.begin(), found.end(), name) - found.begin(); };
  EXPECT_LT(at("mn_test_innermost"), at("mn_test_between"));
  EXPECT_LT(at("mn_test_between"), static_cast<std::ptrdiff_t>(found.size()));
  EXPECT_FALSE(calls.more);
  ch.close();
  s.wait_until_quiet();
}

TEST(backtrace, of_every_task_that_keeps_still_reaches_the_bottom_of_its_stack) {
  if (!mn::arch::can_unwind_saved) GTEST_SKIP() << "the portable switch hides where a task stands";
  for (unsigned cores : {1u, 2u, 4u}) {
    mn::detail::scheduler s({.cores = cores});
    bustle tasks(s);
    std::size_t seen = 0;
    for (int round = 0; round < 100; ++round) {
      let_go_on(round);
      std::lock_guard hold(mn::detail::registry::instance().lock);
      const mn::detail::halt h(s, patient);
      ASSERT_TRUE(h.stands());
      s.blocks.each([&](const task& t) {
        const auto state = t.state.load(std::memory_order_acquire);
        if (!h.may_read(t) || (state != task_state::parked && state != task_state::ready) || !look(t).sp) return;
        mn::detail::backtrace calls;
        mn::detail::take_saved_backtrace(t, calls);
        ASSERT_GT(calls.count, 2u);
        ASSERT_FALSE(calls.more);
        if (round % 50 == 0) {
          ASSERT_EQ(names(calls).back(), "mn_first_frame");
        }
        ++seen;
      });
    }
    EXPECT_GT(seen, 0u);
  }
}

TEST(backtrace, of_a_running_task_shows_where_it_is) {
  mn::detail::scheduler s({.cores = 2});
  std::atomic<bool> stop{false};
  start(s, [&] { mn_test_spins(&stop); });
  std::vector<std::string> found;
  for (int i = 0; i < 100 && found.empty(); ++i) {
    std::this_thread::sleep_for(5ms);
    std::lock_guard hold(mn::detail::registry::instance().lock);
    const mn::detail::halt h(s, patient);
    mn::detail::running_backtraces running;
    mn::detail::backtrace calls;
    for (const auto& w : s.workers) {
      if (!w->at_halt) continue;
      running.take(*w, *w->at_halt, calls);
      found = names(calls);
    }
  }
  stop = true;
  s.wait_until_quiet();
#if !defined(MN_TSAN)  // which holds signals back while code runs that calls nothing
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found.front(), "mn_test_spins");
#endif
}

// Signals hit every instruction of a switch, sooner or later; the unwinder must find its way from each.
TEST(backtrace, of_running_tasks_can_be_asked_for_at_any_moment) {
  mn::detail::scheduler s({.cores = 2});
  bustle tasks(s);
  std::size_t answers = 0;
  mn::detail::running_backtraces running;
  for (int round = 0; round < 1500; ++round) {
    if (round % 100 == 0) let_go_on(round);
    std::lock_guard hold(mn::detail::registry::instance().lock);
    for (const auto& w : s.workers) {
      const task* t = w->current;
      if (!t) continue;
      mn::detail::backtrace calls;
      running.take(*w, *t, calls);
      answers += calls.count > 0;
    }
  }
#if !defined(MN_TSAN)
  EXPECT_GT(answers, 0u);
#endif
}
