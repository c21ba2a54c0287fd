#include <atomic>
#include <cstddef>
#include <map>
#include <set>
#include <span>
#include <string>
#include <thread>

#include "mixed.hpp"
#include "task_name.hpp"
#include "this_worker.hpp"
#include "worker.hpp"

using namespace std::chrono_literals;

TEST(this_task, every_task_has_a_number_of_its_own_that_stays) {
  on_cores([] {
    mn::mutex m;
    std::set<std::uint64_t> ids{mn::this_task::id()};
    mn::wait_group wg;
    for (int i = 0; i < 300; ++i) {
      wg.go([&] {
        const auto id = mn::this_task::id();
        mn::yield();
        EXPECT_EQ(mn::this_task::id(), id);
        std::scoped_lock hold(m);
        EXPECT_TRUE(ids.insert(id).second);
      });
    }
    wg.wait();
    EXPECT_EQ(ids.count(0), 0u);
    EXPECT_EQ(ids.size(), 301u);
  });
}

TEST(this_task, a_name_is_copied_and_can_be_replaced_and_taken_away) {
  on_cores([] {
    EXPECT_EQ(mn::this_task::name(), "");
    {
      std::string text = "reader of the first file";
      mn::this_task::set_name(text);
      text.assign(text.size(), '?');
    }
    mn::yield();
    EXPECT_EQ(mn::this_task::name(), "reader of the first file");
    mn::this_task::set_name(std::string_view("with\0zero", 9));
    EXPECT_EQ(mn::this_task::name(), "with");
    mn::this_task::set_name("");
    EXPECT_EQ(mn::this_task::name(), "");
    mn::wait_group wg;
    for (int i = 0; i < 100; ++i) {
      wg.go([i] {
        EXPECT_EQ(mn::this_task::name(), "");  // also where the block had a named task before
        mn::this_task::set_name("task " + std::to_string(i));
        mn::yield();
        EXPECT_EQ(mn::this_task::name(), "task " + std::to_string(i));
      });
      if (i % 10 == 0) mn::yield();
    }
    wg.wait();
  });
}

TEST(this_task, a_stack_is_the_tasks_own_and_stays) {
  on_cores([] {
    mn::mutex m;
    std::map<const std::byte*, std::size_t> stacks;  // of tasks that live at the same time
    mn::wait_group arrived, wg;
    mn::channel<int> gate;
    const auto holds = [](std::span<std::byte> stack, const void* address) {
      const auto* at = static_cast<const std::byte*>(address);
      return stack.data() <= at && at < stack.data() + stack.size();
    };
    arrived.add(50);
    for (int i = 0; i < 50; ++i) {
      wg.go([&] {
        const auto stack = mn::this_task::stack();
        EXPECT_TRUE(holds(stack, __builtin_frame_address(0)));  // a local may be on AddressSanitizer's own stack
        EXPECT_GE(stack.size(), 64u * 1024);
        {
          std::scoped_lock hold(m);
          EXPECT_TRUE(stacks.emplace(stack.data(), stack.size()).second);
        }
        arrived.done();
        (void)gate.recv();
        EXPECT_EQ(mn::this_task::stack().data(), stack.data());  // wherever it runs now
      });
    }
    arrived.wait();
    gate.close();
    wg.wait();
    const std::byte* end = nullptr;
    for (const auto& [lowest, bytes] : stacks) {
      EXPECT_LE(end, lowest) << "two stacks overlap";
      end = lowest + bytes;
    }
  });
}

TEST(this_task, a_plain_thread_has_no_number_no_name_and_no_stack) {
  EXPECT_TRUE(mn::this_task::stack().empty());
  EXPECT_EQ(mn::this_task::id(), 0u);
  EXPECT_EQ(mn::this_task::name(), "");
  EXPECT_THROW(mn::this_task::set_name("x"), mn::not_in_a_task);
}

TEST(this_task, a_report_copies_as_much_as_it_has_room_for) {
  mn::runtime rt({.cores = 1});
  rt.run([] {
    const mn::detail::task& self = *mn::detail::current_worker()->current;
    char room[5] = "none";
    EXPECT_FALSE(mn::detail::copy_name(self, room, sizeof room));
    EXPECT_STREQ(room, "none");
    mn::this_task::set_name("abcdefg");
    EXPECT_FALSE(mn::detail::copy_name(self, room, 0));
    EXPECT_TRUE(mn::detail::copy_name(self, room, sizeof room));
    EXPECT_STREQ(room, "abcd");
    mn::this_task::set_name("xy");
    EXPECT_TRUE(mn::detail::copy_name(self, room, sizeof room));
    EXPECT_STREQ(room, "xy");
  });
}

TEST(this_task, names_are_read_while_they_are_set_and_while_their_tasks_end) {
  // The block of a task outlives it, as long as the runtime does; its name does not.
  for (unsigned cores : {1u, 2u, 4u}) {
    mn::runtime rt({.cores = cores});
    std::atomic<const mn::detail::task*> watched{nullptr};
    std::atomic<bool> stop{false};
    std::atomic<int> seen{0};
    std::thread reporter([&] {
      char room[64];
      while (!stop) {
        const mn::detail::task* t = watched;
        if (!t || !mn::detail::copy_name(*t, room, sizeof room)) continue;
        ++seen;
        for (const char* c = room; *c; ++c) ASSERT_EQ(*c, room[0]) << room;  // one name, not a mixture
      }
    });
    rt.run([&] {
      for (int round = 0; round < 200 || (seen == 0 && round < 100'000); ++round) {
        mn::spawn([&, round] {
          watched = mn::detail::current_worker()->current;
          for (int i = 0; i < 10; ++i) {
            mn::this_task::set_name(std::string(1 + static_cast<std::size_t>(i), static_cast<char>('a' + round % 26)));
          }
        }).join();
      }
    });
    stop = true;
    reporter.join();
    EXPECT_GT(seen, 0);
  }
}
