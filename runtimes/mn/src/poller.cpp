#include "poller.hpp"

#include "mn/detail/unseen.hpp"
#include "net/descriptor.hpp"

namespace mn::detail {

poller::~poller() {
  if (const int bell = bell_.load(std::memory_order_relaxed); bell >= 0) os::close_descriptor(bell);
  if (const int list = list_.load(std::memory_order_relaxed); list >= 0) os::close_descriptor(list);
}

void poller::drop_reference() noexcept {
  // Acquire and release: the last one sees what all others did.
  if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
}

int poller::open() noexcept {
  const std::lock_guard hold(opening_);
  if (list_.load(std::memory_order_relaxed) >= 0) return 0;
  const os::outcome list = os::make_ready_list();
  if (!list.ok()) return list.error;
  const os::outcome bell = os::make_bell(static_cast<int>(list.value));
  if (!bell.ok()) {
    os::close_descriptor(static_cast<int>(list.value));
    return bell.error;
  }
  bell_.store(static_cast<int>(bell.value), std::memory_order_release);
  list_.store(static_cast<int>(list.value), std::memory_order_release);
  return 0;
}

int poller::watch(descriptor& d, int fd) noexcept {
  // Acquire: pairs with the release in open().
  if (list_.load(std::memory_order_acquire) < 0) {
    if (const int error = open(); error != 0) return error;
  }
  // First, so that whoever goes to sleep from now on keeps the list.
  watched_.fetch_add(1, std::memory_order_seq_cst);
  const os::outcome added = os::watch_descriptor(list_.load(std::memory_order_acquire), fd, &d);
  if (!added.ok()) watched_.fetch_sub(1, std::memory_order_seq_cst);
  return added.error;
}

void poller::unwatch(int fd) noexcept {
  os::unwatch_descriptor(list_.load(std::memory_order_acquire), fd);
  watched_.fetch_sub(1, std::memory_order_seq_cst);
}

bool poller::look(std::int64_t now) noexcept {
  constexpr int rounds = 16;  // then somebody should run what has been found
  auto free = turn::nobody;
  if (!in_use() || !turn_.compare_exchange_strong(free, turn::looking, std::memory_order_seq_cst)) return false;
  const unseen hidden;
  looked_ns_.store(now, std::memory_order_relaxed);
  catch_of_events caught;
  bool any = false;
  for (int round = 0; round < rounds; ++round) {
    wait(caught, 0);
    hand_on(caught);
    any = any || caught.count > 0;
    if (caught.count < caught.events.size() - 1) break;  // one may have been the bell
  }
  turn_.store(turn::nobody, std::memory_order_seq_cst);
  return any;
}

bool poller::try_keep() noexcept {
  auto free = turn::nobody;
  return in_use() && turn_.compare_exchange_strong(free, turn::kept, std::memory_order_seq_cst);
}

void poller::wait(catch_of_events& into, std::int64_t timeout_ns) const noexcept {
  const std::size_t n =
      os::fetch_ready(list_.load(std::memory_order_acquire), into.events.data(), into.events.size(), timeout_ns);
  into.count = 0;
  for (std::size_t i = 0; i < n; ++i) {
    if (into.events[i].who) into.events[into.count++] = into.events[i];  // else the bell
  }
}

void poller::hand_on(const catch_of_events& caught) noexcept {
  const unseen hidden;
  for (std::size_t i = 0; i < caught.count; ++i) {
    const os::readiness& e = caught.events[i];
    static_cast<descriptor*>(e.who)->report(e.readable, e.writable, e.stops_short);
  }
}

}  // namespace mn::detail
