#include "sigquit.hpp"

#include <atomic>
#include <cerrno>
#include <csignal>

#include "dump.hpp"
#include "monitor.hpp"
#include "os/process.hpp"

namespace mn::detail::sigquit {
namespace {

enum class wish { none, asked, writing };

std::atomic<wish> dump{wish::none};
std::atomic<os::signal_action> found{os::signal_action::taken};  // read by the handler
int users = 0;                                                   // under the registry's lock
static_assert(std::atomic<wish>::is_always_lock_free, "used in a signal handler");

void on_signal(int signal) {
  const int saved = errno;
  auto expected = wish::none;
  // Sequentially consistent, as the bell: the monitor that is called sees it.
  if (dump.compare_exchange_strong(expected, wish::asked)) {
    monitor::call_all();
  } else if (const auto before = found.load(std::memory_order_relaxed); before != os::signal_action::taken) {
    os::give_signal(signal, on_signal, before);
    std::raise(signal);  // delivered when this handler returns
  }
  errno = saved;
}

}  // namespace

void begin() noexcept {
  if (users++ != 0) return;
  dump.store(wish::none);
  found.store(os::signal_action::taken, std::memory_order_relaxed);  // a second signal is ignored until this is known
  found.store(os::take_signal(SIGQUIT, on_signal), std::memory_order_relaxed);
}

void end() noexcept {
  if (--users == 0) os::give_signal(SIGQUIT, on_signal, found.load(std::memory_order_relaxed));
}

void forget() noexcept {
  if (users == 0) return;
  users = 0;
  os::give_signal(SIGQUIT, on_signal, found.load(std::memory_order_relaxed));
}

void serve() noexcept {
  if (dump.load(std::memory_order_relaxed) != wish::asked) return;  // read again in the exchange
  auto expected = wish::asked;
  if (!dump.compare_exchange_strong(expected, wish::writing)) return;
  dump_all("mn: all tasks, as SIGQUIT asked", 2);
  dump.store(wish::none);
}

}  // namespace mn::detail::sigquit
