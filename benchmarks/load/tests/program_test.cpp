// The program itself: what it leaves behind when its input ends, and when it is ended.
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "available.hpp"
#include "children.hpp"
#include "load/trial/cpu_taker.hpp"
#include "load/trial/misconfigured.hpp"
#include "load/trial/wrk.hpp"
#include "memory_ledger/proc_text.hpp"
#include "sleeper.hpp"
#include "small_server.hpp"

using namespace std::chrono_literals;
using namespace threadmark::load;

namespace {

/// `threadmark_load` with arguments, its input and its output.
class program {
 public:
  explicit program(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), LOAD_PROGRAM);
    std::vector<char*> words;
    for (auto& one : arguments) words.push_back(one.data());
    words.push_back(nullptr);
    std::array<int, 2> in, out;
    if (pipe2(in.data(), O_CLOEXEC) != 0 || pipe2(out.data(), O_CLOEXEC) != 0) std::abort();
    pid_ = fork();
    if (pid_ == 0) {
      dup2(in[0], 0);
      dup2(out[1], 1);
      dup2(out[1], 2);
      execv(LOAD_PROGRAM, words.data());
      _exit(127);
    }
    close(in[0]);
    close(out[1]);
    in_ = socket_handle(in[1]);
    out_ = socket_handle(out[0]);
  }
  ~program() {
    if (pid_ < 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }

  void say(const std::string& text) { (void)!write(in_.get(), text.data(), text.size()); }
  void end_input() { in_ = socket_handle(); }
  [[nodiscard]] pid_t pid() const { return pid_; }
  std::string line() {
    std::string all;
    for (char c; read(out_.get(), &c, 1) == 1;) {
      if (c == '\n') return all;
      all += c;
    }
    return all + "(end)";
  }
  /// The rest of what it says, and how it ended: the code, or minus the signal.
  std::pair<std::string, int> end() {
    std::string all;
    for (char c; read(out_.get(), &c, 1) == 1;) all += c;
    int status = -1;
    waitpid(std::exchange(pid_, -1), &status, 0);
    return {all, WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status)};
  }

 private:
  pid_t pid_;
  socket_handle in_, out_;
};

/// Until wrk runs; its pid.
pid_t wait_for_load(const program& client) {
  for (;; std::this_thread::sleep_for(5ms)) {
    const auto children = children_of(client.pid());
    if (!children.empty()) return children[0];
  }
}

/// A zombie is not: who inherits it may be slow to take notice.
bool alive(pid_t pid) {
  const auto text = threadmark::ledger::read_text(fmt::format("/proc/{}/status", pid)).value_or("State:\tX");
  return text.find("State:\tZ") == text.npos && text.find("State:\tX") == text.npos;
}

/// Why this machine cannot do what is tested, or nothing.
std::string missing() {
  const auto wrk = why_no_wrk();
  return wrk.empty() ? why_no_taker() : wrk;
}

}  // namespace

TEST(program, wants_a_target_or_a_trial) {
  for (const auto& arguments : std::vector<std::vector<std::string>>{{}, {"--tail"}, {"--rate=0"}}) {
    const auto [text, code] = program(arguments).end();
    EXPECT_EQ(code, 2) << text;
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
    EXPECT_TRUE(text.starts_with("threadmark_load: ")) << text;
  }
}

TEST(program, describes_its_requests) {
  const auto [text, code] = program({"--help"}).end();
  EXPECT_EQ(code, 0);
  for (const char* one :
       {"--trial", "measure PID PORT CONNECTIONS PATH SHARE_PERCENT", "hold PORT CONNECTIONS", "release"})
    EXPECT_NE(text.find(one), text.npos) << one;
}

TEST(program, answers_while_its_input_is_open_and_ends_with_it) {
  small_server server([](int) { return good; });
  program client({"--trial"});
  client.say("nothing\n");
  EXPECT_EQ(client.line(), "misconfigured: unknown request 'nothing'; known: measure, hold, release");
  client.say(fmt::format("hold {} 3\n", server.port()));
  EXPECT_EQ(client.line(), "ok");
  client.end_input();
  EXPECT_EQ(client.end(), std::make_pair(std::string(), 0));
}

TEST(program, measures_under_a_share_and_leaves_nothing_behind) {
  if (const auto why = missing(); !why.empty()) GTEST_SKIP() << why;
  small_server server([](int) { return good; });
  program client({"--trial"});
  client.say(fmt::format("measure {} {} 4 / 50\n", getpid(), server.port()));
  client.end_input();
  // This process is the server too, whose descriptors may have been counted with the one that is closed here.
  const socket_handle in_its_place(dup(0));
  const pid_t wrk = wait_for_load(client);
  const auto [text, code] = client.end();
  EXPECT_EQ(code, 0);
  EXPECT_TRUE(text.ends_with("\nok\n")) << text;
  EXPECT_FALSE(alive(wrk));
}

TEST(program, that_is_asked_to_end_leaves_nothing_behind_either) {
  if (const auto why = missing(); !why.empty()) GTEST_SKIP() << why;
  small_server server([](int) { return good; });
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
    program client({"--trial"});
    client.say(fmt::format("measure {} {} 4 / 50\n", getpid(), server.port()));
    const pid_t wrk = wait_for_load(client);
    kill(client.pid(), signal);
    EXPECT_EQ(client.end(), std::make_pair(std::string(), 128 + signal));
    EXPECT_FALSE(alive(wrk));
  }
}

TEST(program, that_is_killed_takes_wrk_along) {
  if (const auto why = missing(); !why.empty()) GTEST_SKIP() << why;
  small_server server([](int) { return good; });
  program client({"--trial"});
  client.say(fmt::format("measure {} {} 4 / 100\n", getpid(), server.port()));
  const pid_t wrk = wait_for_load(client);
  kill(client.pid(), SIGKILL);
  EXPECT_EQ(client.end().second, -SIGKILL);
  // It is not our child, so we cannot wait for it.
  for (int left = 2000; left > 0 && alive(wrk); --left) std::this_thread::sleep_for(5ms);
  EXPECT_FALSE(alive(wrk));
  kill(wrk, SIGKILL);
}
