// What goes with a task that moves to another OS thread, and what stays behind with the thread.
#include <cerrno>
#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

#include "migrate.hpp"
#include "this_worker.hpp"

namespace {

constexpr int moves = 10;

/// Runs `f` as a task of a runtime in which it can move.
template <class F>
void on_two_cores(F f) {
  mn::runtime rt(two_cores_and_no_spare);
  rt.run(f);
  EXPECT_EQ(rt.stats().tasks_started, rt.stats().tasks_ended);
}

thread_local int written_by_a_task = 0;

// How a program must read what belongs to the thread, when it has given way since it last did (DESIGN.md).
MN_OPAQUE int& of_this_thread() {
  return written_by_a_task;
}
MN_OPAQUE int& errno_of_this_thread() {
  return errno;
}

}  // namespace

TEST(migration, a_thread_local_is_that_of_the_new_thread) {
  on_two_cores([] {
    std::vector<std::pair<std::thread::id, int>> seen;  // what each thread's variable must hold
    for (int n = 1; n <= moves; ++n) {
      of_this_thread() = n;
      const auto here = thread_now();
      std::erase_if(seen, [&](const auto& s) { return s.first == here; });
      seen.emplace_back(here, n);
      move_to_another_thread();
      ASSERT_NE(thread_now(), here);
      int expected = 0;
      for (const auto& [id, value] : seen) {
        if (id == thread_now()) expected = value;
      }
      ASSERT_EQ(of_this_thread(), expected);
    }
    ASSERT_EQ(seen.size(), 2u);
  });
}

TEST(migration, errno_is_that_of_the_new_thread) {
  on_two_cores([] {
    const int* const before = &errno_of_this_thread();
    move_to_another_thread();
    EXPECT_NE(&errno_of_this_thread(), before);
    move_to_another_thread();
    EXPECT_EQ(&errno_of_this_thread(), before);
  });
}

// One function, so that a worker kept across a switch, by hand or by the optimiser, would be the wrong one.
TEST(migration, mn_itself_knows_the_new_worker_at_once) {
  on_two_cores([] {
    mn::channel<int> numbers(1);
    for (int n = 0; n < moves; ++n) {
      const auto* const before = mn::detail::current_worker();
      const auto thread_before = thread_now();
      move_to_another_thread();
      ASSERT_NE(mn::detail::current_worker(), before);
      ASSERT_NE(thread_now(), thread_before);
      mn::go([=] { numbers.send(n); });
      ASSERT_EQ(numbers.recv(), n);
    }
  });
}

TEST(migration, an_exception_being_handled_moves_with_its_task) {
  on_two_cores([] {
    for (int n = 0; n < moves; ++n) {
      const auto text = "number " + std::to_string(n);
      try {
        try {
          throw std::runtime_error(text);
        } catch (const std::runtime_error&) {
          move_to_another_thread();
          try {
            throw std::logic_error("an inner one");
          } catch (const std::logic_error&) {
            move_to_another_thread();
          }
          move_to_another_thread();
          throw;  // the outer one, from a thread that has never seen it thrown
        }
      } catch (const std::runtime_error& e) {
        EXPECT_EQ(e.what(), text);
      }
      EXPECT_EQ(std::current_exception(), nullptr);
      EXPECT_EQ(std::uncaught_exceptions(), 0);
    }
  });
}

TEST(migration, an_exception_in_flight_moves_with_its_task) {
  struct moves_on {
    std::thread::id* left;
    ~moves_on() {
      EXPECT_EQ(std::uncaught_exceptions(), 1);
      *left = thread_now();
      move_to_another_thread();
      EXPECT_EQ(std::uncaught_exceptions(), 1);
    }
  };
  on_two_cores([] {
    for (int n = 0; n < moves; ++n) {
      std::thread::id left;
      try {
        moves_on m{&left};
        throw n;
      } catch (int caught) {
        EXPECT_EQ(caught, n);
        EXPECT_NE(thread_now(), left);
      }
      EXPECT_EQ(std::uncaught_exceptions(), 0);
    }
  });
}

TEST(migration, the_thread_that_a_task_has_left_keeps_nothing_of_its_exceptions) {
  on_two_cores([] {
    try {
      throw 1;
    } catch (int) {
      move_to_another_thread();
      // Tasks on both threads, while the exception is being handled here.
      mn::wait_group wg;
      for (int i = 0; i < 20; ++i) {
        wg.go([] {
          EXPECT_EQ(std::current_exception(), nullptr);
          mn::yield();
          EXPECT_EQ(std::current_exception(), nullptr);
        });
      }
      wg.wait();
      EXPECT_NE(std::current_exception(), nullptr);
    }
  });
}
