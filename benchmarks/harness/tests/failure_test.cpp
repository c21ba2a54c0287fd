// How a trial ends: outcomes, which limit was hit, crashes near a limit and far from one. Each in a child process.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <harness/failure/cgroup_limit.hpp>
#include <harness/failure/crash_handler.hpp>
#include <harness/failure/limits.hpp>
#include <harness/failure/outcome.hpp>
#include <harness/failure/proc_text.hpp>
#include <model.hpp>
#include <new>
#include <stdexcept>
#include <thread>

#include "sanitized.hpp"

namespace threadmark::harness {
namespace {

/// A folder of files that a test makes up.
class made_up_folder {
 public:
  made_up_folder() {
    path_ = testing::TempDir() + "made_up_XXXXXX";
    EXPECT_NE(::mkdtemp(path_.data()), nullptr);
  }
  made_up_folder(const made_up_folder&) = delete;
  made_up_folder& operator=(const made_up_folder&) = delete;
  ~made_up_folder() { std::filesystem::remove_all(path_); }

  void put(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories(std::filesystem::path(path_ + "/" + name).parent_path());
    std::ofstream(path_ + "/" + name) << text << "\n";
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// Settings under which nothing is near a limit, but for a limit on memory maps.
void pretend_map_limit(std::uint64_t most) {
  const made_up_folder settings;
  settings.put("kernel/pid_max", "100000000");
  settings.put("kernel/threads-max", "100000000");
  settings.put("vm/max_map_count", std::to_string(most));
  remember_limits(settings.path());
}

void map_until(std::uint64_t maps) {
  // Neighbours of different protection cannot become one map.
  void* last = nullptr;
  for (std::uint64_t i = 0; i < maps && last != MAP_FAILED; ++i)
    last = ::mmap(nullptr, 4096, i % 2 == 0 ? PROT_READ : PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/// Runs f as a workload's task does.
template <class F>
void run_as_task(F f) noexcept {  // NOLINT(bugprone-exception-escape): as a task, which it would end
  f();
}

/// A death test starts its test again in a new process: forking one that has threads is not safe.
class death_tests_start_again : public testing::Environment {
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};
[[maybe_unused]] const auto* const environment = testing::AddGlobalTestEnvironment(new death_tests_start_again);

const auto exits_3 = testing::ExitedWithCode(3);

TEST(Outcome, IsOneLineAndExitCode3) {
  EXPECT_EXIT(end_trial(outcome::misconfigured, "two\nlines"), exits_3, "^threadmark: misconfigured: two lines\n$");
  EXPECT_EXIT(end_trial(outcome::wrong_answer, "5, not 6"), exits_3, "^threadmark: wrong_answer: 5, not 6\n$");
  EXPECT_EXIT(end_trial_at_once(outcome::unsupported, "x"), exits_3, "^threadmark: unsupported: x\n$");
}

TEST(Outcome, OnlyOneThreadSpeaks) {
  EXPECT_EXIT(
      {
        std::thread other([] { end_trial(outcome::limit, "said once"); });
        std::thread another([] { end_trial(outcome::limit, "said once"); });
        end_trial(outcome::limit, "said once");
      },
      exits_3, "^threadmark: limit: said once\n$");
}

TEST(UncaughtException, ALimitIsNamed) {
  const auto refuse = [] {
    pretend_map_limit(10);  // more are mapped already
    end_trial_on_uncaught_exceptions();
    run_as_task([] { throw limit_reached("some_call: EAGAIN at 7 threads"); });
  };
  EXPECT_EXIT(refuse(), exits_3, "^threadmark: limit: some_call: EAGAIN at 7 threads; vm.max_map_count is 10\n$");
}

TEST(UncaughtException, ALimitThatIsNotNearIsSaidToBeFar) {
  const auto refuse = [] {
    pretend_map_limit(1000000);
    end_trial_on_uncaught_exceptions();
    throw limit_reached("some_call: EAGAIN at 7 threads");
  };
  // The memory of the machine may happen to be full.
  EXPECT_EXIT(std::thread(refuse).join(), exits_3, "^threadmark: limit: some_call: EAGAIN at 7 threads; .* in use\n$");
}

TEST(UncaughtException, NoMemoryIsALimit) {
  const auto refuse = [] {
    pretend_map_limit(10);
    end_trial_on_uncaught_exceptions();
    run_as_task([] { throw std::bad_alloc(); });
  };
  EXPECT_EXIT(refuse(), exits_3, "^threadmark: limit: memory: std::bad_alloc; vm.max_map_count is 10\n$");
}

TEST(UncaughtException, AnyOtherIsACrashWithItsText) {
  const auto crash = [] {
    pretend_map_limit(1000000);
    end_trial_on_uncaught_exceptions();
    watch_for_crashes();
    run_as_task([] { throw std::runtime_error("what went wrong"); });
  };
  EXPECT_EXIT(crash(), testing::KilledBySignal(SIGABRT), "^threadmark: uncaught exception: what went wrong\n$");
}

TEST(Crash, NearALimitIsThatLimit) {
  for (const auto& [number, name] : {std::pair{SIGSEGV, "SIGSEGV"}, {SIGABRT, "SIGABRT"}, {SIGBUS, "SIGBUS"}}) {
    const auto crash = [number = number] {
      pretend_map_limit(3000);
      watch_for_crashes();
      map_until(3000);
      ::raise(number);
    };
    const std::string line = "^threadmark: limit: " + std::string(name) + " with 3[0-9]+ memory maps; ";
    EXPECT_EXIT(crash(), exits_3, line + "vm.max_map_count is 3000\n$");
  }
}

/// By the signal; under a sanitizer, whose handlers were there first, by its report and an exit code of its own.
auto ends_as_if_not_watched(int number) {
  return [number](int status) {
    if (WIFSIGNALED(status)) return WTERMSIG(status) == number;
    return sanitized && WEXITSTATUS(status) != exit_outcome && WEXITSTATUS(status) != 0;
  };
}

TEST(Crash, FarFromALimitGoesItsUsualWay) {
  for (const int number : {SIGSEGV, SIGABRT, SIGBUS}) {
    const auto crash = [number] {
      pretend_map_limit(100000);
      watch_for_crashes();
      ::raise(number);
    };
    EXPECT_EXIT(crash(), ends_as_if_not_watched(number), sanitized ? "" : "^$");
  }
}

// The handler must not need the stack that has just run out.
[[gnu::noinline]] int run_out_of_stack(int depth) {
  volatile char room[4096];
  room[0] = static_cast<char>(depth);
  return depth < 0 ? 0 : run_out_of_stack(depth + 1) + room[0];
}

TEST(Crash, AnExhaustedStackIsHandledOnTheSignalStack) {
  const auto crash = [] {
    pretend_map_limit(10);
    watch_for_crashes();
    std::thread([] {
      give_signal_stack();
      std::_Exit(run_out_of_stack(0));
    }).join();
  };
  EXPECT_EXIT(crash(), exits_3, "^threadmark: limit: SIGSEGV with [0-9]+ memory maps; vm.max_map_count is 10\n$");
}

bool has_signal_stack() {
  stack_t present{};
  return ::sigaltstack(nullptr, &present) == 0 && (present.ss_flags & SS_DISABLE) == 0;
}

TEST(SignalStack, IsTheThreadsOwnAndLeavesWithIt) {
  const std::uint64_t before = count_lines("/proc/self/maps");
  for (int i = 0; i < 100; ++i)
    std::thread([] {
      give_signal_stack();
      EXPECT_TRUE(has_signal_stack());
      give_signal_stack();  // a second call changes nothing
      EXPECT_TRUE(has_signal_stack());
    }).join();
  if (!sanitized) {
    EXPECT_LT(count_lines("/proc/self/maps"), before + 50);
  }
}

TEST(ProcText, ReadsNumbersAndLines) {
  const made_up_folder folder;
  folder.put("status", "Name:\tx\nThreads:\t17\nVmSize:\t  123 kB");
  char buffer[256];
  const std::string_view text = read_start((folder.path() + "/status").c_str(), buffer, sizeof buffer);
  EXPECT_EQ(number_after(text, "Threads:"), 17u);
  EXPECT_EQ(number_after(text, "\nVmSize:"), 123u);
  EXPECT_EQ(number_after(text, "VmData:"), std::nullopt);
  EXPECT_EQ(number_after(text, "Name:"), std::nullopt);
  EXPECT_EQ(count_lines((folder.path() + "/status").c_str()), 3u);
  EXPECT_EQ(count_lines((folder.path() + "/absent").c_str()), 0u);
  folder.put("max", "max");
  EXPECT_EQ(number_in_file((folder.path() + "/max").c_str()), std::nullopt);
  EXPECT_EQ(number_in_file((folder.path() + "/absent").c_str()), std::nullopt);
}

TEST(LineText, IsOneLineAndNeverTooLong) {
  line_text line;
  line << "a\nb " << 0 << " " << ~std::uint64_t{0};
  EXPECT_EQ(line.view(), "a b 0 18446744073709551615");
  for (int i = 0; i < 1000; ++i) line << "0123456789";
  EXPECT_EQ(line.view().size(), 1024u);
  EXPECT_EQ(line.line(), std::string(line.view()) + "\n");
}

TEST(CgroupLimit, IsTheTightestOnTheWayUp) {
  const made_up_folder mount;
  mount.put("a/pids.max", "100");
  mount.put("a/b/pids.max", "max");
  mount.put("a/b/c/pids.max", "500");
  const auto v2 = tightest_limit(cgroup_pids, "0::/a/b/c\n", mount.path());
  ASSERT_TRUE(v2);
  EXPECT_EQ(v2->limit, 100u);
  EXPECT_EQ(v2->usage_file, mount.path() + "/a/pids.current");
  EXPECT_FALSE(tightest_limit(cgroup_memory, "0::/a/b/c\n", mount.path()));
}

TEST(CgroupLimit, KnowsVersion1AndAPathThatIsNotThere) {
  const made_up_folder mount;
  mount.put("memory/memory.limit_in_bytes", "4096");
  mount.put("pids/x/pids.max", "max");
  const std::string membership = "9:cpu,memory:/outer/inner\n3:pids:/x\n0::/\n";
  const auto memory = tightest_limit(cgroup_memory, membership, mount.path());
  ASSERT_TRUE(memory);
  EXPECT_EQ(memory->limit, 4096u);
  EXPECT_EQ(memory->usage_file, mount.path() + "/memory/memory.usage_in_bytes");
  EXPECT_FALSE(tightest_limit(cgroup_pids, membership, mount.path()));
  mount.put("memory/memory.limit_in_bytes", "9223372036854771712");  // version 1's "no limit"
  EXPECT_FALSE(tightest_limit(cgroup_memory, membership, mount.path()));
}

}  // namespace
}  // namespace threadmark::harness
