#include <algorithm>
#include <functional>
#include <vector>

#include "claim_alarm.hpp"
#include "mn/detail/select_core.hpp"
#include "os/os.hpp"
#include "select_wait.hpp"

namespace mn::detail {

// xorshift64*: G. Marsaglia, "Xorshift RNGs", 2003; S. Vigna, 2014. Fair enough to choose among cases.
std::uint64_t random_bits() noexcept {
  const unseen hidden;  // the thread's, shared by the tasks that it runs
  thread_local std::uint64_t state = 0;
  if (state == 0) state = (static_cast<std::uint64_t>(os::now_ns()) ^ reinterpret_cast<std::uintptr_t>(&state)) | 1;
  state ^= state >> 12;
  state ^= state << 25;
  state ^= state >> 27;
  return state * 0x2545F4914F6CDD1DULL;
}

namespace {

select_result poll(std::span<select_case* const> cases, fair_order& order) {
  for (std::size_t n = 0; n < cases.size(); ++n) {
    const std::size_t i = order.next();
    const attempt a = cases[i]->poll();
    if (a != attempt::blocked) return {i, a};
  }
  return {none_ready, attempt::blocked};
}

// The same at one moment for all. The only place where anybody holds more than one channel's lock.
select_result poll_at_once(std::span<select_case* const> cases, const fair_order& order) {
  std::vector<select_case*> locks(cases.begin(), cases.end());  // one case for each lock
  const auto object = [](const select_case* c) { return c->object(); };
  std::ranges::sort(locks, std::less<>(), object);
  locks.erase(std::ranges::unique(locks, std::equal_to<>(), object).begin(), locks.end());
  for (select_case* l : locks) l->lock();
  select_result found{none_ready, attempt::blocked};
  const void* unlocked = nullptr;
  for (std::size_t n = 0; n < cases.size() && found.how == attempt::blocked; ++n) {
    found.how = cases[order[n]]->try_unlocking();
    if (found.how == attempt::blocked) continue;
    found.index = order[n];
    unlocked = cases[found.index]->object();
  }
  for (select_case* l : locks) {
    if (l->object() != unlocked) l->unlock();
  }
  return found;
}

bool is_confirmed(select_case& c) noexcept {
  return !c.from_outside || c.confirm();
}

}  // namespace

select_result run_select(std::span<select_case* const> cases, std::int64_t timeout_ns, select_start start) {
  std::int64_t deadline = -1;
  for (;; start = start == select_start::poll_only ? start : select_start::poll) {
    fair_order order(cases.size());
    if (start != select_start::polled_just) {
      const select_result found = poll(cases, order);
      if (found.how != attempt::blocked) {
        if (is_confirmed(*cases[found.index])) return found;
        continue;
      }
    }
    if (start == select_start::poll_only) {
      if (cases.size() == 1) return {none_ready, attempt::blocked};
      const select_result found = poll_at_once(cases, order);
      if (found.how == attempt::blocked || is_confirmed(*cases[found.index])) return found;
      continue;
    }
    if (timeout_ns >= 0) {
      const std::int64_t now = os::now_ns();
      if (deadline < 0) deadline = timers::later(now, timeout_ns);
      if (now >= deadline) return {timed_out, attempt::blocked};
    }

    select_claim claim;
    thread_parker parker;
    waiter self;
    identify(self, parker);
    task* const owner = self.owner;  // one by one: a copy of the whole would wait for the stores it is made of
    thread_parker* const thread = self.thread;
    claim_alarm alarm;
    if (deadline >= 0) alarm.set(self.owner, claim, deadline);

    bool retry = false;
    auto why = wait_reason::select;
    std::size_t listed = 0;
    select_result acted{none_ready, attempt::blocked};
    for (; listed < cases.size() && !retry && acted.how == attempt::blocked; ++listed) {
      const std::size_t i = order[listed];  // of two cases on one channel, either may come first
      waiter& w = cases[i]->w;
      w.owner = owner;
      w.thread = thread;
      w.claim = &claim;
      w.index = i;
      w.ok = false;
      if (cases[i]->from_outside) why = wait_reason::socket_select;
      const attempt a = cases[i]->enlist(claim, retry);
      if (a != attempt::blocked) acted = {i, a};
    }
    bool woken = false;
    if (!retry && acted.how == attempt::blocked) woken = park_select(self.owner, parker, claim, deadline, why);

    // From here on the claim is decided. Where the winner has woken us, its results are visible and its case is
    // unlinked; else taking each lock once more makes them so.
    alarm.clear();
    for (std::size_t n = 0; n < listed; ++n) {
      const std::size_t i = order[n];
      if (!woken || i != claim.winner) cases[i]->withdraw();
    }
    if (acted.how != attempt::blocked) {
      if (is_confirmed(*cases[acted.index])) return acted;
      continue;
    }
    if (retry) continue;
    if (claim.winner == timed_out) return {timed_out, attempt::blocked};
    if (!is_confirmed(*cases[claim.winner])) continue;
    return {claim.winner, cases[claim.winner]->w.ok ? attempt::done : attempt::closed};
  }
}

}  // namespace mn::detail
