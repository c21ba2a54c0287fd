#include "registry.hpp"

#include <utility>

#include "blocked_threads.hpp"
#include "debug_layout.hpp"
#include "os/os.hpp"
#include "scheduler.hpp"
#include "sigquit.hpp"
#include "worker.hpp"

namespace mn::detail {
namespace {

// A program that has a runtime has the table for debuggers as well.
[[gnu::used]] const debug_entry* const table = mn_debug_layout;

// Its workers and its monitor.
std::size_t threads_of(const scheduler& s) noexcept {
  return s.workers.size() + 1;
}

}  // namespace

constinit registry the_registry;

registry& registry::instance() noexcept {
  return the_registry;
}

// fork() waits until nobody is in the middle of a change, so that the child's copies are whole.
void registry::in_forked_child() noexcept {
  auto& all = instance();
  all.first_ = nullptr;
  all.helpers_ = nullptr;
  all.own_threads_ = 0;
  blocked_threads::instance().forget();
  sigquit::forget();
  all.lock.unlock();
}

void registry::add(scheduler& s) noexcept {
  [[maybe_unused]] static const bool once = os::at_fork([]() noexcept { instance().lock.lock(); },
                                                        []() noexcept { instance().lock.unlock(); }, in_forked_child);
  std::lock_guard hold(lock);
  s.number = ++numbers_;
  scheduler** end = &first_;
  while (*end) end = &(*end)->next_runtime;
  *end = &s;
  own_threads_ += threads_of(s);
  if (s.settings.dump_on_sigquit) sigquit::begin();
}

void registry::remove(scheduler& s) noexcept {
  std::lock_guard hold(lock);
  scheduler** at = &first_;
  while (*at && *at != &s) at = &(*at)->next_runtime;
  if (!*at) return;
  *at = s.next_runtime;
  own_threads_ -= threads_of(s);
  if (s.settings.dump_on_sigquit) sigquit::end();
}

void registry::add(helper& h) noexcept {
  std::lock_guard hold(lock);
  h.next = std::exchange(helpers_, &h);
  ++own_threads_;
}

bool registry::helpers_rest() const noexcept {
  for (const helper* h = helpers_; h; h = h->next) {
    if (!h->rests()) return false;
  }
  return true;
}

}  // namespace mn::detail
