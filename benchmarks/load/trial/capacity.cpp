#include "load/trial/capacity.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "load/trial/wrk.hpp"

namespace threadmark::load {
namespace {

using clock = std::chrono::steady_clock;

struct reading {
  clock::time_point at;
  std::uint64_t bytes = 0;
  double server_cpu_s = 0;
  double client_cpu_s = 0;
  double taken_cpu_s = 0;
};

/// All at the same moment, as good as.
reading read_all(wrk& client, const server_process& server, const cpu_taker* taker) {
  reading best;
  auto shortest = std::chrono::nanoseconds::max();
  for (int left = 5; left > 0 && shortest > std::chrono::microseconds(200); --left) {
    reading r;
    r.at = clock::now();
    r.server_cpu_s = server.cpu_seconds();
    if (taker != nullptr) r.taken_cpu_s = taker->taken_seconds();
    r.client_cpu_s = client.cpu_seconds();
    r.bytes = client.read_so_far().bytes;
    if (const std::chrono::nanoseconds took = clock::now() - r.at; took < shortest) {
      shortest = took;
      best = r;
    }
  }
  return best;
}

/// How many descriptors the server has once it closes none any more: those of earlier connections may still be open.
std::size_t settled_descriptors(const server_process& server, const wait_ends& ends) {
  std::size_t before = server.descriptors();
  for (int left = 50; left > 0; --left) {
    wait_for(-1, 0, std::chrono::milliseconds(20), ends);
    const std::size_t now = server.descriptors();
    if (now >= before) break;
    before = now;
  }
  return before;
}

/// wrk connects all at once, more than a backlog may have room for, and who finds no room is let in only seconds later.
/// So it is paused while it is too far ahead of the server. And it asks over each connection as soon as it has it: of
/// 1,000 threads on half a CPU 966 answered for ten seconds, and the one that accepts did not get to the rest (in 2 of
/// some 20 trials; by hand: 325 waited in the accept queue, and it had run for 15 ms in 4 s). So wrk rests every other
/// fifth of a second until all are accepted.
void wait_until_accepted(wrk& client, const server_process& server, std::size_t before, const capacity_settings& s,
                         const wait_ends& ends) {
  constexpr std::size_t far = 500, near = 100;
  constexpr std::chrono::milliseconds turn{200};
  const auto begin = clock::now();
  for (std::size_t open = 0; open < s.connections;) {
    (void)client.read_so_far();  // it is still there
    open = std::max(server.descriptors(), before) - before;
    const std::size_t made = client.descriptors();
    const auto now = clock::now();
    const bool rests = (now - begin) / turn % 2 == 1;
    if (rests || made > open + far) {
      client.pause(true);
    } else if (made < open + near) {
      client.pause(false);
    }
    if (now >= begin + s.patience)
      throw load_error(fmt::format("of {} connections the server has {} open after {} s", s.connections, open,
                                   std::chrono::duration_cast<std::chrono::seconds>(s.patience).count()));
    wait_for(-1, 0, std::chrono::milliseconds(2), ends);
  }
  client.pause(false);
}

/// The first answer over a connection costs more than later ones: its task, and the pages of its stack, are new. Of
/// 10,000 threads it was half a window's CPU time.
void warm_up(wrk& client, const capacity_settings& s, const wait_ends& ends) {
  constexpr std::uint64_t times = 3;
  const auto calls = client.read_so_far().calls;
  const auto begin = clock::now();
  wait_for(-1, 0, s.warm_up, ends);
  while (client.read_so_far().calls - calls < times * s.connections && clock::now() < begin + s.patience)
    wait_for(-1, 0, std::chrono::milliseconds(20), ends);
}

}  // namespace

capacity_result find_capacity(const target& to, const server_process& server, const capacity_settings& settings,
                              const wait_ends& ends) {
  allow_descriptors(settings.connections + 64);  // wrk inherits it
  const std::size_t before = settled_descriptors(server, ends);
  wrk client(to, settings.connections, ends);
  wait_until_accepted(client, server, before, settings, ends);
  warm_up(client, settings, ends);
  const auto first = read_all(client, server, settings.taker);
  if (settings.opened) settings.opened();
  wait_for(-1, 0, settings.window, ends);
  if (settings.closes) settings.closes();
  const auto last = read_all(client, server, settings.taker);
  capacity_result result;
  result.all = client.end();
  result.seconds = std::chrono::duration<double>(last.at - first.at).count();
  result.server_cpu_s = last.server_cpu_s - first.server_cpu_s;
  result.client_cpu_s = last.client_cpu_s - first.client_cpu_s;
  result.taken_cpu_s = last.taken_cpu_s - first.taken_cpu_s;
  if (result.all.requests > 0 && result.all.bytes > 0)
    result.requests = static_cast<double>(last.bytes - first.bytes) * static_cast<double>(result.all.requests) /
                      static_cast<double>(result.all.bytes);
  return result;
}

}  // namespace threadmark::load
