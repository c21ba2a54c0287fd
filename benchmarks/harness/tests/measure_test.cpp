// Pinning, the ledger's pipe, the clock of a stage, the calibration.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <harness/measure/ledger_client.hpp>
#include <harness/measure/pinning.hpp>
#include <harness/measure/spin_calibration.hpp>
#include <harness/measure/stage.hpp>
#include <latch>
#include <string>
#include <thread>

namespace threadmark::harness {
namespace {

/// Ends the child with 0 where the pinning is right, so that the test's own process stays where it is.
[[noreturn]] void check_pinning() {
  const std::vector<int> before = allowed_cpus();
  const auto too_many = static_cast<unsigned>(before.size()) + 1;
  if (pin_to_first(too_many) || allowed_cpus() != before) std::_Exit(1);
  if (!pin_to_first(1)) std::_Exit(2);
  std::vector<int> inherited;
  std::thread([&] { inherited = allowed_cpus(); }).join();
  const std::vector<int> first{before.front()};
  std::_Exit(allowed_cpus() == first && inherited == first ? 0 : 3);
}

TEST(Pinning, TakesTheFirstAllowedAndRefusesMore) {
  EXPECT_EXIT(check_pinning(), testing::ExitedWithCode(0), "");
}

struct pipes {
  int to_client[2];
  int to_ledger[2];
  pipes() {
    EXPECT_EQ(::pipe(to_client), 0);
    EXPECT_EQ(::pipe(to_ledger), 0);
  }
  ledger_client client() const { return {to_client[0], to_ledger[1]}; }
  void answer(std::string_view text) const {
    EXPECT_EQ(::write(to_client[1], text.data(), text.size()), ssize_t(text.size()));
  }
  std::string heard() const {
    char buffer[256];
    const ssize_t got = ::read(to_ledger[0], buffer, sizeof buffer);
    return {buffer, static_cast<std::size_t>(std::max<ssize_t>(0, got))};
  }
};

TEST(LedgerClient, AsksAndWaitsForTheAnswer) {
  const pipes ends;
  std::thread ledger([&] {
    EXPECT_EQ(ends.heard(), "snapshot baseline 0\n");
    ends.answer("o");
    std::this_thread::sleep_for(std::chrono::milliseconds(10));  // an answer may come in pieces
    ends.answer("k\n");
    EXPECT_EQ(ends.heard(), "snapshot parked 100000\n");
    ends.answer("ok\n");
  });
  ledger_client client = ends.client();
  EXPECT_TRUE(client.snapshot("baseline", 0));
  EXPECT_TRUE(client.snapshot("parked", 100000));
  ledger.join();
}

TEST(LedgerClient, SaysWhereTasksAre) {
  const pipes ends;
  std::thread ledger([&] {
    for (const char* line : {"stack 4096 8192\n", "stack 12288 0\n", "control_block 320 stack\n", "stack 4096 8192\n",
                             "control_block 7 heap\n"}) {
      EXPECT_EQ(ends.heard(), line);
      ends.answer("ok\n");
    }
  });
  ledger_client client = ends.client();
  stage told(1, &client, nullptr, {});
  const auto at = [](std::uintptr_t address) { return reinterpret_cast<const void*>(address); };
  told.tasks_are_here(std::vector<task_memory>{{at(4096), 8192, 320, true}, {at(12288), 0, 320, true}});
  told.tasks_are_here(std::vector<task_memory>{{at(4096), 8192, 0, false}});  // a library that does not say
  EXPECT_TRUE(client.control_block(7, false));
  told.tasks_are_here({});
  ledger.join();
  stage untold(1, nullptr, nullptr, {});
  untold.tasks_are_here(std::vector<task_memory>{{at(4096), 8192, 320, true}});
}

TEST(LedgerClient, SaysWhenTheOtherEndIsGoneOrTalksNonsense) {
  std::signal(SIGPIPE, SIG_IGN);
  const pipes nonsense;
  nonsense.answer("no\n");
  EXPECT_FALSE(nonsense.client().snapshot("baseline", 0));
  const pipes silent;
  ::close(silent.to_client[1]);
  EXPECT_FALSE(silent.client().snapshot("baseline", 0));
  const pipes gone;
  ::close(gone.to_ledger[0]);
  EXPECT_FALSE(gone.client().snapshot("baseline", 0));
}

TEST(Stage, AddsUpPartsAndMetrics) {
  stage s(1000, nullptr, nullptr, {});
  s.begin_iteration();
  s.clock_on();
  const auto one = s.clock_off();
  s.clock_on();
  const auto two = s.clock_off();
  EXPECT_EQ(s.iteration_time(), one + two);
  s.metric("a", 1);
  s.begin_iteration();
  EXPECT_EQ(s.iteration_time().count(), 0);
  s.metric("a", 2);
  s.metric(std::string("b"), 5);  // whose text is gone by then
  ASSERT_EQ(s.totals().size(), 2u);
  EXPECT_EQ(s.totals()[0].sum, 3);
  EXPECT_EQ(s.totals()[1].name, "b");
  EXPECT_EQ(s.iterations(), 2u);
}

TEST(Stage, ASlowdownMakesEveryPartSoMuchLonger) {
  // `least` lies within the part, so the part must end at least half as late again, whatever the machine does
  // meanwhile.
  using clock = std::chrono::steady_clock;
  stage s(1000, nullptr, nullptr, {}, 50);
  s.begin_iteration();
  std::chrono::nanoseconds sum{0};
  for (int part = 0; part < 2; ++part) {
    s.clock_on();
    const auto begun = clock::now();
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    const auto least = clock::now() - begun;
    const auto slowed = s.clock_off();
    const auto most = clock::now() - begun;
    EXPECT_GE(slowed, least * 3 / 2);
    EXPECT_GE(most, least * 3 / 2);  // it is time that was spent, not a number that was changed
    sum += slowed;
  }
  EXPECT_EQ(s.iteration_time(), sum);
}

TEST(Stage, SeesThreadsBeforeAndAfterATimedPart) {
  const std::uint64_t here = os_threads_now();
  for (const bool before : {true, false}) {
    stage s(1000, nullptr, nullptr, {});
    std::latch end(1);
    s.begin_iteration();
    std::thread other;
    const auto start = [&] { other = std::thread([&] { end.wait(); }); };
    const auto finish = [&] {
      end.count_down();
      other.join();
    };
    if (before) start();
    s.clock_on();
    before ? finish() : start();
    s.clock_off();
    if (!before) finish();
    EXPECT_GE(s.most_os_threads(), here + 1) << before;
  }
}

TEST(Stage, TurnsTimeIntoStepsWithoutOverflow) {
  const stage s(557, nullptr, nullptr, {});
  EXPECT_EQ(s.steps_for(0), 0u);
  EXPECT_EQ(s.steps_for(10000), 5570u);
  EXPECT_EQ(s.steps_for(1500), 835u);  // 835.5
  EXPECT_EQ(stage(1'000'000, nullptr, nullptr, {}).steps_for(1'000'000'000'000'000), 1'000'000'000'000'000'000u);
}

TEST(Stage, ALedgerThatDoesNotAnswerIsAnOutcome) {
  const auto ask = [] {
    const pipes ends;
    ends.answer("what\n");
    ledger_client client = ends.client();
    stage(1, &client, nullptr, {}).snapshot("baseline", 0);
  };
  EXPECT_EXIT(ask(), testing::ExitedWithCode(3), "threadmark: misconfigured: the memory ledger");
}

TEST(LoadClient, AnswersWhenItIsComplete) {
  const pipes ends;
  load_client client(ends.to_client[0], ends.to_ledger[1]);
  stage s(1, nullptr, &client, {});
  s.ask_client("hold 80 7");
  EXPECT_EQ(ends.heard(), "hold 80 7\n");
  EXPECT_FALSE(s.client_answer());
  ends.answer("metric a 1.5\nmetric b");
  EXPECT_FALSE(s.client_answer());
  ends.answer("_c 2e3\nok\n");
  EXPECT_EQ(s.client_answer(), (workloads::client_metrics{{"a", 1.5}, {"b_c", 2000}}));
  s.ask_client("release");
  EXPECT_EQ(ends.heard(), "release\n");
  ends.answer("ok\n");
  EXPECT_EQ(s.client_answer(), workloads::client_metrics{}) << "what came before is gone";
}

TEST(LoadClient, WhatItCannotDoIsAnOutcome) {
  const auto ask = [](const char* says) {
    const pipes ends;
    load_client client(ends.to_client[0], ends.to_ledger[1]);
    client.ask("hold 80 7");
    ends.answer(says);
    (void)client.answer();
  };
  const auto three = testing::ExitedWithCode(3);
  EXPECT_EXIT(ask("metric a 1\nlimit: no ports\n"), three, "threadmark: limit: no ports\n");
  EXPECT_EXIT(ask("misconfigured: no wrk\n"), three, "threadmark: misconfigured: no wrk\n");
  for (const char* nonsense : {"what\n", "metric a\n", "metric a 1x\n", "metric  1\n", "okay\n", "\n", "metric a nan\n",
                               "metric a 1\nmetric a 2\n"})
    EXPECT_EXIT(ask(nonsense), three, "threadmark: misconfigured: the client at the other end .* says") << nonsense;
}

TEST(LoadClient, ThatHasGoneIsAnOutcome) {
  const auto three = testing::ExitedWithCode(3);
  const auto leave = [](const char* says) {
    const pipes ends;
    load_client client(ends.to_client[0], ends.to_ledger[1]);
    ends.answer(says);
    ::close(ends.to_client[1]);
    (void)client.answer();
  };
  EXPECT_EXIT(leave(""), three, "threadmark: misconfigured: the client has gone");
  EXPECT_EXIT(leave("metric a 1\n"), three, "threadmark: misconfigured: the client has gone");
  EXPECT_EXIT(leave("limit: but it had a reason\n"), three, "threadmark: limit: but it had a reason");
  EXPECT_EXIT(stage(1, nullptr, nullptr, {}).ask_client("release"), three,
              "threadmark: misconfigured: there is no client: --client_fds=R,W is missing");
}

TEST(Calibration, FindsSomethingBetweenTheSlowestAndTheFastestMachine) {
  const std::uint64_t steps = measure_spin_steps_per_us();
  EXPECT_GE(steps, 1u);
  EXPECT_LT(steps, 20'000u);  // a step is a multiplication and an addition, one after the other
}

}  // namespace
}  // namespace threadmark::harness
