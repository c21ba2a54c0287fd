// A chat: whoever connects (`nc 127.0.0.1 7000`) says a line, and all the others hear it. One task, the room, knows who
// is there and is told of everything through a channel; so nothing is locked. Each guest has two tasks, one that reads
// and one that writes, and a channel of lines to be written, so that a guest who does not read holds nobody up.
//
//   mn_example_chat_server [127.0.0.1:7000]
#include <array>
#include <csignal>
#include <cstdio>
#include <map>
#include <mn/mn.hpp>
#include <optional>
#include <string>

using namespace std::chrono_literals;

namespace {

using lines = mn::channel<std::string>;

/// What the room is told: somebody comes (with a place for the lines he is to hear), goes, or says a line.
struct event {
  int guest;
  std::optional<lines> comes;
  std::optional<std::string> says;
};

/// Until nobody can come any more and all have gone.
void keep_room(const mn::channel<event>& events) {
  std::map<int, lines> guests;
  const auto tell_others = [&](int from, const std::string& line) {
    for (auto at = guests.begin(); at != guests.end();) {
      const auto guest = at++;
      if (guest->first == from || guest->second.try_send(line)) continue;
      guest->second.close();  // a hundred lines wait for him: his writer ends, and with it he
      guests.erase(guest);
    }
  };
  for (event& e : events) {
    const std::string name = "guest " + std::to_string(e.guest);
    if (e.comes) {
      guests.emplace(e.guest, *e.comes);
      tell_others(e.guest, name + " comes\n");
    } else if (e.says) {
      tell_others(e.guest, name + ": " + *e.says);
    } else {
      if (const auto gone = guests.extract(e.guest)) gone.mapped().close();
      tell_others(e.guest, name + " goes\n");
    }
  }
  for (auto& [number, hears] : guests) hears.close();
}

/// Ends with the connection, which ends with the room or the guest; also with one who does not read.
void write_lines(const mn::net::stream& guest, const lines& hears) {
  try {
    for (const std::string& line : hears) {
      guest.set_write_deadline(mn::time_point::clock::now() + 3s);
      guest.write(line);
    }
  } catch (const mn::io_error&) {
  }
  guest.close();  // its reader learns it
}

void read_lines(const mn::net::stream& guest, int number, const mn::channel<event>& events, const mn::context& stop) {
  std::string in;
  std::array<char, 1024> buffer;
  try {
    while (const std::size_t n = guest.read(stop, buffer)) {
      in.append(buffer.data(), n);
      for (std::size_t end; (end = in.find('\n')) != std::string::npos; in.erase(0, end + 1))
        events.send({number, {}, in.substr(0, end + 1)});
      if (in.size() > 4096) break;  // nobody writes such a line
    }
  } catch (const mn::io_error&) {      // he is gone
  } catch (const mn::context_done&) {  // we are closing
  }
  events.send({number, {}, {}});
}

void accept_all(const mn::net::listener& listener, const mn::channel<event>& events, const mn::context& stop) {
  mn::wait_group guests;
  for (int number = 1; stop.error() == mn::context_error::none;) try {
      const auto guest = listener.accept(stop);
      const lines hears(100);
      events.send({number, hears, {}});
      guests.go([=] { write_lines(guest, hears); });
      guests.go([=] { read_lines(guest, number, events, stop); });
      ++number;
    } catch (const mn::io_error& e) {  // as where no descriptors are left: those who go will free some
      std::fprintf(stderr, "%s\n", e.what());
      mn::sleep_for(100ms);
    } catch (const mn::context_done&) {  // we are closing
    }
  listener.close();
  guests.wait();
  events.close();
}

}  // namespace

int main(int argc, char** argv) {
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGINT);
  sigaddset(&ends, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);  // before there are threads: this one waits for them

  mn::runtime rt;
  const auto [stop, cancel] = mn::with_cancel(mn::context::background());
  const auto listener = mn::net::listen(argc > 1 ? argv[1] : "127.0.0.1:7000");
  std::printf("%s\n", listener.local().to_string().c_str());
  std::fflush(stdout);
  const mn::channel<event> events;
  rt.go([events] { keep_room(events); });
  rt.go([&listener, events, stop = stop] { accept_all(listener, events, stop); });
  int which = 0;
  sigwait(&ends, &which);
  cancel();
  const auto ended = rt.shutdown(5s);
  std::printf("%s\n", ended.clean ? "ended" : ended.report.c_str());
  return ended.clean ? 0 : 1;
}
