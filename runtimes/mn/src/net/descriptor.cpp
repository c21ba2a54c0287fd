#include "net/descriptor.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

#include "claim_alarm.hpp"
#include "mn/context.hpp"
#include "mn/detail/deadline.hpp"
#include "os/net.hpp"
#include "os/os.hpp"
#include "poller.hpp"
#include "scheduler.hpp"
#include "select_wait.hpp"
#include "worker.hpp"

namespace mn::detail {

/// Descriptors that are not in use. Their memory is kept for the next ones; see the invariants.
class descriptor_pool {
 public:
  descriptor& take() {
    const std::lock_guard hold(lock_);
    if (!free_) {
      constexpr std::size_t at_once = 32;
      auto* more = new descriptor[at_once];
      for (std::size_t i = 0; i < at_once; ++i) more[i].next_free_ = std::exchange(free_, &more[i]);
    }
    descriptor* d = free_;
    free_ = d->next_free_;
    return *d;
  }
  void give(descriptor& d) noexcept {
    const std::lock_guard hold(lock_);
    d.next_free_ = std::exchange(free_, &d);
  }

 private:
  spin_lock lock_;
  descriptor* free_ = nullptr;
};

namespace {

constinit descriptor_pool pool;

wait_reason reason(direction d) noexcept {
  return d == direction::read ? wait_reason::socket_read : wait_reason::socket_write;
}

}  // namespace

descriptor& descriptor::adopt(int fd, bool is_unix) {
  try {
    descriptor& d = pool.take();
    const std::lock_guard hold(d.lock_);  // against a report that was meant for the one before
    d.fd_ = fd;
    d.closed_.store(false, std::memory_order_relaxed);
    d.is_unix_ = d.stops_short_ = is_unix;
    d.ready_ = bit(direction::read) | bit(direction::write);
    d.deadline_ns_.fill(no_deadline);
    d.references_.store(1, std::memory_order_relaxed);
    return d;
  } catch (...) {
    os::close_descriptor(fd);
    throw;
  }
}

void descriptor::drop_reference() noexcept {
  // Acquire and release: the last one sees what all others did.
  if (references_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  lock_.lock();  // a late report may be under way
  task* const starts = take_start();
  lock_.unlock();
  if (starts) starts->home->start(*starts);
  if (poller* p = watched_by_.exchange(nullptr, std::memory_order_relaxed)) {
    p->unwatch(fd_);  // closing it would do, had nobody a copy, as a child process may have
    p->drop_reference();
  }
  os::close_descriptor(fd_);
  pool.give(*this);
}

bool descriptor::decided(direction d, admission& what) const noexcept {
  if (closed_.load(std::memory_order_relaxed)) {
    what = admission::closed;
  } else if (const auto limit = deadline_ns_[at(d)]; limit != no_deadline && os::now_ns() >= limit) {
    what = admission::too_late;
  } else if ((ready_ & bit(d)) != 0) {
    what = admission::granted;
  } else {
    return false;
  }
  return true;
}

admission descriptor::begin(direction d, const mn::context* ctx, int& error) {
  if (ctx && (!ctx->node() || !ctx->node()->nearest())) ctx = nullptr;  // it can never be done
  for (;;) {
    if (ctx) ctx->throw_if_done();
    admission what{};
    lock_.lock();
    if (decided(d, what)) {
      if (what == admission::granted) ready_ &= static_cast<std::uint8_t>(~bit(d));
      lock_.unlock();
      return what;
    }
    const std::int64_t limit = deadline_ns_[at(d)];
    lock_.unlock();

    worker* w = current_worker();
    if (!w || !w->current) {
      if (ctx) throw not_in_a_task("mn: a plain thread waits for a socket with a context; only tasks can");
      const std::int64_t left = limit == no_deadline ? -1 : std::max(limit - os::now_ns(), std::int64_t{0});
      os::wait_for_descriptor(fd_, d == direction::write, left);
      signal(d);  // or it has failed, been closed, or run out of time, which the next look says
      continue;
    }
    error = watch(*w->home.net);
    if (error != 0) return admission::no_poller;
    if (ctx) {
      wait_with(*ctx, d, limit);
    } else if (limit == no_deadline) {
      wait_plainly(d);
    } else {
      wait_until(d, limit);
    }
  }
}

int descriptor::watch(poller& p) noexcept {
  // Acquire: pairs with the release below, for what the poller writes.
  if (watched_by_.load(std::memory_order_acquire) == &p) return 0;
  poller* before = nullptr;
  {
    const std::lock_guard hold(lock_);
    before = watched_by_.load(std::memory_order_relaxed);
    if (before == &p) return 0;
    p.add_reference();
    watched_by_.store(&p, std::memory_order_release);
  }
  const int error = p.watch(*this, fd_);
  if (error != 0) {
    bool still_ours = true;
    {
      const std::lock_guard hold(lock_);
      still_ours = watched_by_.load(std::memory_order_relaxed) == &p;
      if (still_ours) watched_by_.store(nullptr, std::memory_order_release);
    }
    if (still_ours) p.drop_reference();  // else whoever has put another in its place does
    report(true, true, false);           // others may have believed that it is watched
  }
  // It stays in the list of a runtime that had it before, where somebody may still wait.
  if (before) before->drop_reference();
  return error;
}

// Each of the three returns when it is worth to look again.

void descriptor::wait_plainly(direction d) noexcept {
  thread_parker parker;
  waiter w;
  identify(w, parker);
  lock_.lock();
  if (is_decided(d) || deadline_ns_[at(d)] != no_deadline) {
    lock_.unlock();
    return;
  }
  waiting_[at(d)].push_back(w);
  park_unlock(w, lock_, reason(d), this);
}

void descriptor::wait_until(direction d, std::int64_t deadline_ns) {
  thread_parker parker;
  select_claim claim;
  claim_alarm alarm;
  waiter w;
  identify(w, parker);
  w.claim = &claim;
  alarm.set(w.owner, claim, deadline_ns);
  lock_.lock();
  if (is_decided(d) || deadline_ns_[at(d)] != deadline_ns) {
    lock_.unlock();
    return;
  }
  waiting_[at(d)].push_back(w);
  lock_.unlock();
  (void)park_select(w.owner, parker, claim, deadline_ns, reason(d), this);
  alarm.clear();
  // Under the lock, so that whoever has woken us is done with the list.
  const std::lock_guard hold(lock_);
  if (w.linked) waiting_[at(d)].remove(w);
}

void descriptor::wait_with(const mn::context& ctx, direction d, std::int64_t deadline_ns) {
  const auto done = ctx.done();
  recv_case_core<std::monostate> given_up(done.core());
  // Whoever waits here looks again by itself, as after a new deadline, for which the select would only wait on. One
  // that was set since the caller looked has found nobody to tell.
  struct look_again final : readiness_case {
    look_again(descriptor& its, direction way, std::int64_t known_deadline) noexcept
        : readiness_case(its, way), known_deadline_ns(known_deadline) {}
    bool need_not_wait() const noexcept override {
      return readiness_case::need_not_wait() || watched().deadline_ns_[at(way())] != known_deadline_ns;
    }
    bool confirm() noexcept override { return true; }
    std::int64_t known_deadline_ns;
  } becomes_ready(*this, d, deadline_ns);
  std::array<select_case*, 2> cases{&given_up, &becomes_ready};
  const std::int64_t left = deadline_ns == no_deadline ? -1 : deadline_ns - os::now_ns();
  if (deadline_ns != no_deadline && left <= 0) return;
  (void)run_select(cases, left, select_start::polled_just);
}

void descriptor::take_waiters(direction d, waiter_list& woken) noexcept {
  waiter_list& list = waiting_[at(d)];
  while (!list.empty()) {
    bool must_wake = false;
    waiter* w = take_winnable(list, must_wake);
    if (!w) return;
    w->ok = true;
    if (must_wake) woken.push_back(*w);
  }
}

bool descriptor::confirm(direction d) noexcept {
  {
    const std::lock_guard hold(lock_);
    admission what{};
    if (!decided(d, what)) return false;
    if (what != admission::granted) return true;
    ready_ &= static_cast<std::uint8_t>(~bit(d));  // first, so that a report that comes meanwhile stays
  }
  if (!os::is_ready(fd_, d == direction::write)) return false;
  signal(d);
  return true;
}

void descriptor::note_short_read() noexcept {
  {
    const std::lock_guard hold(lock_);
    if (!stops_short_) return;
  }
  signal(direction::read);  // also for whoever has begun to wait meanwhile, for whom there may be no other report
}

void descriptor::expect_writable() noexcept {
  const std::lock_guard hold(lock_);
  ready_ &= static_cast<std::uint8_t>(~bit(direction::write));
}

void descriptor::report(bool to_read, bool to_write, bool stops_short) noexcept {
  waiter_list woken;
  task* starts = nullptr;
  {
    const std::lock_guard hold(lock_);
    stops_short_ = stops_short_ || stops_short;
    if (to_read) {
      ready_ |= bit(direction::read);
      take_waiters(direction::read, woken);
      starts = take_start();
    }
    if (to_write) {
      ready_ |= bit(direction::write);
      take_waiters(direction::write, woken);
    }
  }
  if (starts) starts->home->start(*starts);
  while (waiter* w = woken.pop_front()) wake_select(*w);
}

task* descriptor::take_start() noexcept {
  if (starts_) start_reserved_ = false;
  return std::exchange(starts_, nullptr);
}

void descriptor::set_deadline(direction d, std::int64_t at_ns) noexcept {
  waiter_list woken;
  {
    const std::lock_guard hold(lock_);
    deadline_ns_[at(d)] = at_ns;
    take_waiters(d, woken);
  }
  while (waiter* w = woken.pop_front()) wake_select(*w);
}

void descriptor::close() noexcept {
  {
    const std::lock_guard hold(lock_);
    if (closed_.load(std::memory_order_relaxed)) return;
    closed_.store(true, std::memory_order_relaxed);
  }
  (void)os::shut_down(fd_, os::half::both);  // plain threads that wait notice it as well
  report(true, true, false);
}

bool descriptor::reserve_start() noexcept {
  const std::lock_guard hold(lock_);
  return !std::exchange(start_reserved_, true);
}

void descriptor::cancel_start() noexcept {
  const std::lock_guard hold(lock_);
  start_reserved_ = false;
}

void descriptor::start_when_readable(task& t) noexcept {
  (void)confirm(direction::read);
  {
    const std::lock_guard hold(lock_);
    if (!is_decided(direction::read)) {
      starts_ = &t;
      return;
    }
    start_reserved_ = false;
  }
  t.home->start(t);
}

}  // namespace mn::detail
