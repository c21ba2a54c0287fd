#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "mixed.hpp"

using namespace std::chrono_literals;

namespace {

/// Counts how many are alive, and notes its end.
struct noted {
  std::atomic<int>* alive = nullptr;
  std::string* ends = nullptr;
  char name = '?';
  bool waits = false;

  noted(std::atomic<int>* a, std::string* e, char n, bool w = false) : alive(a), ends(e), name(n), waits(w) {
    ++*alive;
  }
  noted(const noted&) = delete;
  noted& operator=(const noted&) = delete;
  ~noted() {
    if (waits) mn::sleep_for(100us);
    if (ends) *ends += name;
    --*alive;
  }
};

}  // namespace

TEST(fiber_local, each_task_and_thread_has_its_own) {
  on_cores([] {
    mn::fiber_local<int> number;
    EXPECT_FALSE(number.has_value());
    *number = -1;
    mn::wait_group wg;
    for (int i = 0; i < scaled(1000); ++i) {
      wg.go([&, i] {
        EXPECT_EQ(*number, 0);
        *number = i;
        mn::yield();
        EXPECT_EQ(*number, i);
        mn::sleep_for(10us);
        EXPECT_EQ(number.get(), i);
      });
    }
    std::thread plain([&] {
      EXPECT_EQ(*number, 0);
      *number = 7;
      EXPECT_EQ(*number, 7);
    });
    plain.join();
    wg.wait();
    EXPECT_EQ(*number, -1);
  });
}

TEST(fiber_local, begins_as_the_given_value_or_what_the_function_makes) {
  on_cores([] {
    std::atomic<int> made{0};
    mn::fiber_local<std::string> text("first");
    mn::fiber_local<int> counted([&] {
      mn::yield();  // a factory may give way
      return ++made;
    });
    mn::fiber_local<std::unique_ptr<int>> pointer([] { return std::make_unique<int>(3); });
    mn::fiber_local<std::atomic<int>> atomic;                   // does not move
    mn::fiber_local<std::function<int()>> f([] { return 5; });  // here the function is the value
    EXPECT_EQ(*text, "first");
    EXPECT_EQ(text->size(), 5u);
    text->assign("other");
    mn::spawn([&] { EXPECT_EQ(*text, "first"); }).join();
    EXPECT_EQ(made, 0);
    EXPECT_EQ(*counted, 1);
    EXPECT_EQ(*counted, 1);
    mn::spawn([&] { EXPECT_EQ(*counted, 2); }).join();
    EXPECT_EQ(**pointer, 3);
    EXPECT_EQ(*atomic, 0);
    EXPECT_EQ((*f)(), 5);
  });
}

TEST(fiber_local, a_failed_first_use_is_tried_again) {
  on_cores([] {
    int tries = 0;
    mn::fiber_local<int> v([&] {
      if (++tries == 1) throw std::runtime_error("not yet");
      return tries;
    });
    EXPECT_THROW((void)v.get(), std::runtime_error);
    EXPECT_FALSE(v.has_value());
    EXPECT_EQ(*v, 2);
  });
}

TEST(fiber_local, a_factory_that_comes_back_to_its_own_value_keeps_the_first) {
  on_cores([] {
    std::optional<mn::fiber_local<int>> v;
    int depth = 0;
    v.emplace([&]() -> int {
      const int mine = ++depth;
      if (mine < 3) (void)v->get();
      return mine;
    });
    EXPECT_EQ(**v, 3);
    EXPECT_EQ(**v, 3);
  });
}

TEST(fiber_local, values_end_with_their_task_in_reverse_order_and_may_wait) {
  std::atomic<int> alive{0};
  on_cores([&] {
    std::string ends;
    mn::fiber_local<noted> a([&] { return noted(&alive, &ends, 'a'); });
    mn::fiber_local<noted> b([&] { return noted(&alive, &ends, 'b', true); });
    mn::fiber_local<noted> c([&] { return noted(&alive, &ends, 'c'); });
    mn::spawn([&] {
      (void)*b;
      (void)*a;
      (void)*c;
      ends += '.';
    }).join();  // after which they are gone
    EXPECT_EQ(ends, ".cab");
    EXPECT_EQ(alive, 0);
    (void)*b;  // the root task's own
    EXPECT_EQ(alive, 1);
  });
  EXPECT_EQ(alive, 0);
}

TEST(fiber_local, the_values_of_a_task_end_before_the_task_counts_as_ended) {
  std::atomic<int> alive{0};
  mn::fiber_local<noted> v([&] { return noted(&alive, nullptr, 'v', true); });
  for (unsigned cores : {1u, 2u, 4u}) {
    mn::runtime rt({.cores = cores});
    rt.run([&] {
      for (int i = 0; i < 50; ++i) mn::go([&] { (void)*v; });
    });
    EXPECT_EQ(alive, 0);
  }
}

TEST(fiber_local, destructors_may_use_others_and_what_that_makes_ends_too) {
  std::atomic<int> alive{0};
  struct user {
    mn::fiber_local<noted>& other;
    ~user() { EXPECT_EQ(other->name, 'o'); }
  };
  on_cores([&] {
    std::string ends;
    mn::fiber_local<noted> other([&] { return noted(&alive, &ends, 'o'); });
    mn::fiber_local<user> first([&] { return user{other}; });
    const auto f = [&] {
      (void)*first;
      (void)*other;
      (void)first->other.get();
    };
    mn::spawn(f).join();
    EXPECT_EQ(ends, "oo");  // its own and, from the destructor of `first`, another
    EXPECT_EQ(alive, 0);
    std::thread(f).join();
    EXPECT_EQ(ends, "oooo");
    EXPECT_EQ(alive, 0);
  });
}

TEST(fiber_local_death, destructors_that_make_each_others_values_without_end_are_reported) {
  struct again {
    std::optional<mn::fiber_local<again>>& place;
    ~again() { (void)place->get(); }
  };
  EXPECT_DEATH(
      {
        std::optional<mn::fiber_local<again>> place;
        mn::runtime rt({.cores = 1});
        rt.run([&] {
          place.emplace([&] { return again{place}; });
          (void)place->get();
        });
      },
      "mn: destructors of fiber_local values make each other's values anew without end");
}

TEST(fiber_local, may_go_before_the_tasks_that_hold_values) {
  std::atomic<int> alive{0};
  on_cores([&] {
    std::string ends;
    auto v = std::make_unique<mn::fiber_local<noted>>([&] { return noted(&alive, &ends, 'v'); });
    mn::channel<int> made, gone;
    auto task = mn::spawn([&, made, gone] {
      (void)v->get();
      made.send(1);
      (void)gone.recv();
      // A new one, perhaps at the same address, has nothing to do with the old value.
      mn::fiber_local<noted> next([&] { return noted(&alive, &ends, 'n'); });
      EXPECT_FALSE(next.has_value());
      EXPECT_EQ(next->name, 'n');
      EXPECT_EQ(alive, 2);
    });
    (void)made.recv();
    (void)v->get();
    EXPECT_EQ(alive, 2);
    v.reset();
    EXPECT_EQ(alive, 1);  // that of the task that destroyed it is gone; the other's is not
    EXPECT_EQ(ends, "v");
    gone.send(1);
    task.join();
    EXPECT_EQ(ends, "vnv");
    EXPECT_EQ(alive, 0);
  });
}

TEST(fiber_local, a_plain_threads_values_end_with_it) {
  std::atomic<int> alive{0};
  std::string ends;
  mn::fiber_local<noted> a([&] { return noted(&alive, &ends, 'a'); });
  mn::fiber_local<noted> b([&] { return noted(&alive, &ends, 'b', true); });
  std::thread([&] {
    (void)*a;
    (void)*b;
    EXPECT_EQ(alive, 2);
  }).join();
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(ends, "ba");
}

TEST(fiber_local, many_of_them_come_and_go_in_many_tasks_and_threads) {
  on_each_number_of_cores([](unsigned cores) {
    std::atomic<int> alive{0};
    constexpr std::size_t kinds = 100;
    std::vector<std::unique_ptr<mn::fiber_local<noted>>> shared;
    std::vector<std::unique_ptr<mn::fiber_local<long>>> numbers;
    for (std::size_t i = 0; i < kinds; ++i) {
      shared.push_back(std::make_unique<mn::fiber_local<noted>>([&] { return noted(&alive, nullptr, 's'); }));
      numbers.push_back(std::make_unique<mn::fiber_local<long>>(-1));
    }
    run_mixed(cores, 30, 3, [&](int who) {
      lots draw(who);
      std::vector<long> expected(kinds, -1);
      std::vector<std::unique_ptr<mn::fiber_local<noted>>> own;  // made and destroyed meanwhile, in any order
      for (int i = 0; i < 500; ++i) {
        const auto k = draw(kinds);
        ASSERT_EQ(numbers[k]->has_value(), expected[k] != -1);
        ASSERT_EQ(numbers[k]->get(), expected[k]);
        numbers[k]->get() = expected[k] = who * 1000 + i;
        (void)shared[draw(kinds)]->get();
        if (own.size() < 20) {
          own.push_back(std::make_unique<mn::fiber_local<noted>>([&] { return noted(&alive, nullptr, 'o'); }));
          if (draw(2) == 0) (void)own.back()->get();
        } else {
          own.erase(own.begin() + draw(20));
        }
        if (draw(8) == 0) mn::yield();
      }
      for (std::size_t k = 0; k < kinds; ++k) ASSERT_EQ(numbers[k]->get(), expected[k]);
    });
    EXPECT_EQ(alive, 0);
  });
}
