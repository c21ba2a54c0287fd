// A contender that does on purpose what contenders must not do. Its name says what: bench_crash crashes. Every
// behaviour answers --capabilities, so that a run gets as far as the trial.
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <vector>

namespace {

std::map<std::string, std::string> flags;
std::string me;

std::string flag(const std::string& name) {
  return flags.count(name) ? flags[name] : "";
}

[[noreturn]] void tell(const char* outcome, const std::string& reason) {
  std::fprintf(stderr, "some chatter first\nthreadmark: %s: %s\n", outcome, reason.c_str());
  std::_Exit(3);
}

void capabilities() {
  std::printf("{\"model\":\"%s\",\"model_version\":\"1.0\",\"variants\":[\"other\"],\"capabilities\":{", me.c_str());
  const char* names[] = {"go",     "yield",      "sleep_for", "unbuffered_channel", "buffered_channel",
                         "select", "wait_group", "mutex",     "held_start",         "cancellation"};
  bool first = true;
  for (const char* name : names) {
    std::printf("%s\"%s\":{\"label\":\"%s\",\"by\":\"a fake\"}", first ? "" : ",", name,
                std::strcmp(name, "select") == 0 ? "composed" : "native");
    first = false;
  }
  std::printf("}}\n");
}

/// Asks for a snapshot and waits until it is taken.
void snapshot(int in, int out, const std::string& line) {
  char answer[3];
  if (::write(out, line.data(), line.size()) < 0) std::_Exit(1);
  std::size_t got = 0;
  while (got < sizeof answer) {
    const ssize_t now = ::read(in, answer + got, sizeof answer - got);
    if (now <= 0) std::_Exit(1);
    got += static_cast<std::size_t>(now);
  }
  if (std::memcmp(answer, "ok\n", 3) != 0) std::_Exit(1);
}

/// Asks the client and reads until it has answered.
void ask_client() {
  int in = -1, out = -1;
  if (std::sscanf(flag("client_fds").c_str(), "%d,%d", &in, &out) != 2) return;
  ::signal(SIGPIPE, SIG_IGN);
  const std::string line = "hold 80 " + std::to_string(::getpid()) + "\n";
  if (::write(out, line.data(), line.size()) < 0) tell("misconfigured", "the client has gone");
  std::string answer;
  for (char c = 0; !answer.ends_with("ok\n"); answer += c)
    if (::read(in, &c, 1) != 1) tell("misconfigured", "the client has gone");
}

/// Touches 10,000 bytes a task between the two snapshots.
void ledger(const std::string& cell) {
  int in = -1, out = -1;
  if (std::sscanf(flag("ledger_fds").c_str(), "%d,%d", &in, &out) != 2) return;
  const auto n = std::strtoul(cell.substr(cell.find(':') + 1).c_str(), nullptr, 10);
  snapshot(in, out, "snapshot baseline 0\n");
  ask_client();
  const std::size_t bytes = n * 10000;
  void* place = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ::madvise(place, bytes, MADV_NOHUGEPAGE);
  std::memset(place, 1, bytes);
  const auto workload = cell.substr(0, cell.find('/'));
  const char* const moment = workload == "spawned"            ? "spawned"
                             : workload == "idle_connections" ? "connected"
                                                              : "parked";
  snapshot(in, out, std::string("snapshot ") + moment + " " + std::to_string(n) + "\n");
}

void report(const char* metrics, int cores_off) {
  const auto cell = flag("cell");
  ledger(cell);
  std::FILE* out = std::fopen(flag("benchmark_out").c_str(), "w");
  if (!out) std::_Exit(1);
  const auto slowed = me == "tireless" ? "" : flag("slow_by_percent");
  const auto effective = slowed.empty() ? "" : ",\"effective_slow_by_percent\":" + slowed;
  std::fprintf(
      out,
      "{\"context\":{\"model\":\"%s\",\"model_version\":\"1.0\",\"variant\":\"%s\"},\"benchmarks\":[{\"name\":\"%s/"
      "iterations:1\",\"run_type\":\"iteration\",\"label\":\"native\",\"effective_cores\":%d,"
      "\"effective_os_threads\":2,\"something_else\":5%s%s}]}\n",
      me.c_str(), flag("variant").c_str(), cell.c_str(), std::atoi(flag("cores").c_str()) + cores_off, metrics,
      effective.c_str());
  std::fclose(out);
}

constexpr const char* every_metric =
    ",\"ns_per_task\":10.5,\"ns_per_round_trip\":20,\"ns_per_job\":30,\"ns_per_message\":40,"
    "\"create_ns_per_task\":50,\"wake_ns_per_task\":60,\"bytes_per_task\":1";

/// Whether what the conductor gave this process is what it promises. Empty: yes.
std::string inspect() {
  char c;
  if (::read(0, &c, 1) != 0) return "standard input is not empty";
  struct stat out, null;
  if (::fstat(1, &out) != 0 || ::stat("/dev/null", &null) != 0 || out.st_rdev != null.st_rdev)
    return "standard output is not dropped";
  if (::getpgrp() != ::getpid()) return "no process group of its own";
  sigset_t blocked;
  ::sigprocmask(SIG_SETMASK, nullptr, &blocked);
  for (int s : {SIGINT, SIGTERM, SIGHUP, SIGCHLD, SIGPIPE}) {
    struct sigaction how;
    ::sigaction(s, nullptr, &how);
    if (sigismember(&blocked, s) || how.sa_handler != SIG_DFL)
      return "signal " + std::to_string(s) + " is not as it should be";
  }
  char score[8] = {};
  if (const int file = ::open("/proc/self/oom_score_adj", O_RDONLY);
      file < 0 || ::read(file, score, sizeof score) < 0 || ::close(file) != 0 || std::atoi(score) != 1000)
    return "not the first to go when memory runs out";
  const int last = flag("client_fds").empty() ? flag("ledger_fds").empty() ? 2 : 4 : 6;
  DIR* open = ::opendir("/proc/self/fd");
  while (const dirent* entry = ::readdir(open)) {
    const int fd = std::atoi(entry->d_name);
    if (entry->d_name[0] != '.' && fd > last && fd != ::dirfd(open))
      return std::string("descriptor left open: ") + entry->d_name;
  }
  ::closedir(open);
  return "";
}

/// A grandchild in a session of its own, so that killing the group misses it. Its number goes beside the output.
void leave_a_grandchild() {
  int ready[2];
  if (::pipe(ready) != 0) std::_Exit(1);
  if (::fork() != 0) {
    char c;
    if (::read(ready[0], &c, 1) != 1) std::_Exit(1);
    return;
  }
  ::setsid();
  std::FILE* file = std::fopen((flag("benchmark_out") + ".grandchild").c_str(), "w");
  std::fprintf(file, "%d", ::getpid());
  std::fclose(file);
  if (::write(ready[1], "r", 1) != 1) std::_Exit(1);
  for (;;) ::pause();
}

void eat() {
  for (std::size_t i = 0; i < 400; ++i) {
    constexpr std::size_t step = 4u << 20;
    void* place = ::mmap(nullptr, step, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    std::memset(place, 1, step);
    ::usleep(2000);
  }
}

}  // namespace

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string text = argv[i] + 2;
    const auto equals = text.find('=');
    flags[text.substr(0, equals)] = equals == std::string::npos ? "" : text.substr(equals + 1);
  }
  me = argv[0];
  me = me.substr(me.rfind("bench_") + 6);
  if (me == "mute") return 1;
  if (flags.count("capabilities")) return capabilities(), 0;
  if (flags.count("benchmark_list_tests")) {
    if (me != "picky") return 0;
    return std::fputs("bench_picky: ping_pong/capacity:0: capacity must be prime\n", stderr), 2;
  }
  if (me == "nojson") return std::fputs("nothing to say\n", stderr), 0;
  if (me == "badjson") return std::fclose(std::fopen(flag("benchmark_out").c_str(), "w")), 0;
  if (me == "crash") std::fputs("about to fall\n", stderr), ::signal(SIGSEGV, SIG_DFL), ::raise(SIGSEGV);
  if (me == "hang") leave_a_grandchild(), ::usleep(100'000'000);
  if (me == "limit") tell("limit", "pthread_create: EAGAIN at 7 threads; kernel.pid_max is 8");
  if (me == "wrong") tell("wrong_answer", "41, not 42");
  if (me == "unsupported") tell("unsupported", "no channels");
  if (me == "misconfigured") tell("misconfigured", "as it says itself");
  if (me == "odd") std::fputs("threadmark: ok: not an outcome to tell\n", stderr), std::_Exit(3);
  if (me == "loud") {
    for (int i = 0; i < 20000; ++i) std::fprintf(stderr, "line %d\n", i);
    std::_Exit(1);
  }
  if (me == "babbler" && !flag("ledger_fds").empty()) {
    if (::write(4, "give me numbers\n", 16) < 0) return 1;
    ::usleep(100'000'000);
  }
  if (me == "eater") eat();
  if (me == "slow") ::usleep(300'000);
  if (me == "leaver") leave_a_grandchild();
  if (me == "inspector") {
    const auto wrong = inspect();
    if (!wrong.empty()) tell("wrong_answer", wrong);
  }
  report(me == "metricless" ? "" : every_metric, me == "cores" ? 1 : 0);
  return 0;
}
