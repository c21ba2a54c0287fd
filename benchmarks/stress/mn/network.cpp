// Clients come, ask, and leave in the middle of anything, politely or not; servers wait in every way that there is.
// What was asked and waited for is answered, byte for byte; in the end every connection has ended and no descriptor is
// left.
#include <dirent.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <string>

#include "mn/mn.hpp"
#include "stress/mn/memory.hpp"
#include "stress/mn/scenario.hpp"

namespace threadmark::stress {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr std::chrono::seconds patience = 20s;  // far longer than anything takes: who meets it has been forgotten

struct hall {
  tally& outcomes;
  std::atomic<std::uint64_t> came{0}, ended{0};
};

/// What a connection may die of when the other side leaves as it likes.
bool is_of_leaving(const mn::io_error& e) {
  return e.code() == std::errc::connection_reset || e.code() == std::errc::broken_pipe ||
         e.code() == std::errc::not_connected;
}

/// Reads something and gives it back; false at the end.
bool echo_once(const mn::net::stream& s, std::size_t (*read)(const mn::net::stream&, std::span<char>)) {
  std::array<char, 2048> buffer;
  const std::size_t n = read(s, buffer);
  if (n > 0) s.write(std::string_view(buffer.data(), n));
  return n > 0;
}

std::size_t read_plainly(const mn::net::stream& s, std::span<char> into) {
  return s.read(into);
}

std::size_t read_by_context(const mn::net::stream& s, std::span<char> into) {
  const auto [ctx, cancel] = mn::with_timeout(mn::context::background(), patience);
  const std::size_t n = s.read(ctx, into);
  cancel();
  return n;
}

std::size_t read_by_short_deadlines(const mn::net::stream& s, std::span<char> into) {
  for (;;) {
    s.set_read_deadline(clock::now() + 50us);
    try {
      return s.read(into);
    } catch (const mn::io_timed_out&) {
    }
  }
}

std::size_t read_by_select(const mn::net::stream& s, std::span<char> into) {
  std::size_t n = 0;
  bool done = false;
  const mn::channel<int> never;
  while (!done) {
    mn::select(mn::net::on_readable(s,
                                    [&] {
                                      n = s.read(into);
                                      done = true;
                                    }),
               mn::on_recv(never, [](auto) {}), mn::after(100us, [] {}));
  }
  return n;
}

void end(hall& in, const mn::net::stream& s, const mn::io_error* failed) {
  if (failed && !is_of_leaving(*failed)) in.outcomes.add("a server failed unexpectedly");
  s.close();
  in.ended.fetch_add(1);
}

/// A task for each piece that comes in, none between.
void serve_when_readable(hall& in, const mn::net::stream& s) {
  mn::net::go_when_readable(s, [&in](mn::net::stream& readable) {
    try {
      if (!echo_once(readable, read_plainly)) return end(in, readable, nullptr);
      serve_when_readable(in, readable);
    } catch (const mn::io_error& e) {
      end(in, readable, &e);
    }
  });
}

void serve(hall& in, const mn::net::stream& s, std::uint64_t how) {
  constexpr std::array ways{read_plainly, read_by_context, read_by_short_deadlines, read_by_select};
  if (how % 5 == 4) return serve_when_readable(in, s);
  try {
    while (echo_once(s, ways[how % 5])) continue;
    s.close_write();
    end(in, s, nullptr);
  } catch (const mn::io_error& e) {
    end(in, s, &e);
  }
}

/// Asks, hears the answer, or not; false where it was wrong.
bool ask(const mn::net::stream& s, std::mt19937_64& random) {
  std::string question(1 + random() % (random() % 8 == 0 ? 300'000 : 300), '\0');
  for (char& c : question) c = static_cast<char>(random());
  mn::wait_group writing;
  writing.go([&] {
    try {
      for (std::string_view rest = question; !rest.empty();) {
        const std::size_t piece =
            question.size() > 1000 ? rest.size() : 1 + static_cast<unsigned char>(question[0]) % 7;
        s.write(rest.substr(0, piece));
        rest.remove_prefix(std::min(rest.size(), piece));
      }
    } catch (const mn::io_error&) {  // the reader finds out too
    }
  });
  const struct joined {
    mn::wait_group& writer;
    ~joined() { writer.wait(); }
  } at_end{writing};
  std::string answer(question.size(), '\0');
  std::size_t got = 0;
  while (got < answer.size()) {
    const std::size_t n = s.read(std::span(answer).subspan(got));
    if (n == 0) break;
    got += n;
  }
  return answer == question;
}

void leave(const mn::net::stream& s, std::uint64_t how) {
  std::array<char, 256> rest;
  switch (how % 5) {
    case 0:  // politely
      s.close_write();
      while (s.read(rest) > 0) continue;
      break;
    case 1: s.write("who leaves does not wait for this"); break;
    case 2: s.close(); break;
    case 3: {
      const linger reset{1, 0};
      setsockopt(s.native_handle(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
      break;
    }
    default: break;  // the last handle goes
  }
}

void visit(hall& in, const mn::net::endpoint& at, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  try {
    const auto s = mn::net::connect(at);
    s.set_deadline(clock::now() + patience);
    for (std::uint64_t left = random() % 4; left > 0; --left) {
      in.outcomes.add(ask(s, random) ? "asked and answered" : "an answer was lost or wrong");
    }
    leave(s, random());
    in.outcomes.add("came and left");
  } catch (const mn::io_timed_out&) {
    in.outcomes.add("a client was forgotten");
  } catch (const mn::io_error&) {
    in.outcomes.add("a client failed unexpectedly");
  }
}

void accept_all(hall& in, const mn::net::listener& listener, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  try {
    for (;;) {
      auto s = listener.accept();
      in.came.fetch_add(1);
      mn::go([&in, s = std::move(s), how = random()] { serve(in, s, how); });
    }
  } catch (const mn::io_closed&) {
  }
}

void one_day(stress_run& run, hall& in) {
  const bool unix_socket = run.below(3) == 0;
  const auto listener =
      mn::net::listen(unix_socket ? "unix:@mn_stress." + std::to_string(getpid()) : std::string("127.0.0.1:0"));
  const std::uint64_t acceptors = 1 + run.below(3), visitors = 1 + run.below(40), visits = 1 + run.below(5);
  mn::wait_group accepting, visiting;
  for (std::uint64_t i = 0; i < acceptors; ++i) {
    accepting.go([&, seed = run.random()] { accept_all(in, listener, seed); });
  }
  for (std::uint64_t i = 0; i < visitors; ++i) {
    visiting.go([&, seed = run.random()] {
      for (std::uint64_t v = 0; v < visits; ++v) visit(in, listener.local(), seed + v);
    });
  }
  visiting.wait();
  while (in.came < visitors * visits) mn::sleep_for(100us);  // who left at once may not have been accepted yet
  listener.close();
  accepting.wait();
}

std::size_t open_descriptors() {
  DIR* all = opendir("/proc/self/fd");
  if (!all) return 0;
  std::size_t n = 0;
  while (readdir(all)) ++n;
  closedir(all);
  return n;
}

}  // namespace

void network(stress_run& run) {
  run.outcomes.name("asked and answered", grade::acceptable);
  run.outcomes.name("came and left", grade::acceptable);
  run.outcomes.name("an answer was lost or wrong", grade::forbidden);
  run.outcomes.name("a client was forgotten", grade::forbidden);
  run.outcomes.name("a client failed unexpectedly", grade::forbidden);
  run.outcomes.name("a server failed unexpectedly", grade::forbidden);
  run.outcomes.name("a connection never ended", grade::forbidden);
  run.outcomes.name("no descriptor was left", grade::acceptable);
  run.outcomes.name("descriptors were left", grade::forbidden);
  mn::runtime rt({.cores = run.cores, .trim_stacks_after = 100ms});
  memory_watch memory(run);
  std::size_t descriptors = 0;
  for (; !run.over(); ++run.rounds) {
    hall in{run.outcomes};
    rt.run([&] { one_day(run, in); });
    if (in.came != in.ended) run.outcomes.add("a connection never ended");
    const std::size_t open = open_descriptors();
    if (descriptors == 0) {
      descriptors = open;  // with the poller's own
    } else {
      run.outcomes.add(open == descriptors ? "no descriptor was left" : "descriptors were left");
    }
    memory.look_if_due();
  }
}

}  // namespace threadmark::stress
