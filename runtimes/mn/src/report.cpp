#include "report.hpp"

#include <algorithm>

#include "halt.hpp"
#include "os/os.hpp"
#include "scheduler.hpp"
#include "task_name.hpp"
#include "wait_text.hpp"
#include "worker.hpp"

namespace mn::detail {
namespace {

/// Waits for something; a call of blocking() counts, although it runs.
bool waits(const task_view& v) noexcept {
  return v.state == task_state::parked || v.why == wait_reason::blocking;
}

void print_place(const task_view& v, text_out& out) noexcept {
  out.print(" spawned at %s:%u", v.file ? v.file : "?", v.line);
}

void print_state(const task_view& v, text_out& out) noexcept {
  if (waits(v)) {
    out.print("%s", to_text(v.why));
    return;
  }
  switch (v.state) {
    case task_state::fresh: out.print("not started"); break;
    case task_state::ready: out.print("ready"); break;
    default: out.print("running");
  }
}

const char* plural(std::size_t n) noexcept {
  return n == 1 ? "" : "s";
}

}  // namespace

void print_duration(std::uint32_t ms, text_out& out) noexcept {
  if (ms < 1000) {
    out.print("%u ms", ms);
  } else if (ms < 600'000) {
    out.print("%u.%u s", ms / 1000, ms / 100 % 10);
  } else {
    out.print("%u min", ms / 60'000);
  }
}

bool look_at(const task& t, std::uint32_t now_ms, task_view& out) noexcept {
  // Acquire: pairs with the releases in submit(); see task_pool.hpp.
  const auto id = t.id.load(std::memory_order_acquire);
  if (id == 0) return false;
  out.of = &t;
  out.id = id;
  out.file = t.file.load(std::memory_order_acquire);
  out.line = t.line.load(std::memory_order_acquire);
  out.state = t.state.load(std::memory_order_acquire);
  out.why = t.waits_for.load(std::memory_order_acquire);
  out.on = t.waits_on.load(std::memory_order_acquire);
  const auto since = t.since_ms.load(std::memory_order_acquire);
  out.waited_ms = static_cast<std::int32_t>(now_ms - since) > 0 ? now_ms - since : 0;
  out.runs_on = nullptr;
  if (!copy_name(t, out.name.data(), out.name.size())) out.name[0] = '\0';
  if (out.state == task_state::running && out.why != wait_reason::blocking) out.why = wait_reason::nothing;
  if (out.state == task_state::recycled || out.state == task_state::ended) return false;
  return t.id.load(std::memory_order_relaxed) == id;
}

void print(const task_view& v, text_out& out) noexcept {
  out.print("task %llu", static_cast<unsigned long long>(v.id));
  if (v.name[0]) {
    char clean[sizeof v.name];
    std::copy(v.name.begin(), v.name.end(), clean);
    for (char& c : clean) {
      if ((static_cast<unsigned char>(c) < ' ' && c != '\0') || c == 0x7f) c = '?';  // nothing that moves a cursor
    }
    out.print(" \"%s\"", clean);
  }
  out.print(" [");
  print_state(v, out);
  if (waits(v)) {
    if (v.on) out.print(" at %p", v.on);
    out.print(", ");
    print_duration(v.waited_ms, out);
  } else if (v.runs_on) {
    out.print(" on worker %u, thread %d", v.runs_on->index(), v.runs_on->thread_id.load(std::memory_order_relaxed));
  }
  out.print("]");
  print_place(v, out);
}

// Taking

void report::take(const scheduler& s, const halt* standing) noexcept {
  const auto now_ms = static_cast<std::uint32_t>(os::now_ns() / 1'000'000);
  tasks_ = 0;
  by_state_.fill(0);
  views_used_ = groups_used_ = ungrouped_ = 0;
  task_view v;
  s.blocks.each([&](const task& t) {
    if (!look_at(t, now_ms, v)) return;
    ++tasks_;
    ++by_state_[static_cast<std::size_t>(v.state)];
  });
  grouped_ = tasks_ > listed_at_most;
  s.blocks.each([&](const task& t) {
    if (!look_at(t, now_ms, v)) return;
    if (grouped_) {
      sort_in(v);
    } else {
      list(v);
    }
  });
  const auto by_number = [](const task_view& a, const task_view& b) { return a.id < b.id; };
  if (!grouped_) std::sort(views_.begin(), views_.begin() + static_cast<std::ptrdiff_t>(views_used_), by_number);
  const auto by_count = [](const group& a, const group& b) { return a.count > b.count; };
  std::sort(groups_.begin(), groups_.begin() + static_cast<std::ptrdiff_t>(groups_used_), by_count);

  for (std::size_t i = 0; i < views_used_; ++i) {
    for (const auto& w : s.workers) {
      if (views_[i].state == task_state::running && w->current == views_[i].of) views_[i].runs_on = w.get();
    }
    calls_[i].clear();
  }
  if (standing && standing->stands()) take_backtraces(s, *standing);
}

// Without a halt there may be more of them by now.
void report::list(const task_view& v) noexcept {
  if (views_used_ < listed_at_most) views_[views_used_++] = v;
}

void report::sort_in(const task_view& v) noexcept {
  const auto alike = [&v](const group& g) {
    return g.like.file == v.file && g.like.line == v.line && g.like.state == v.state && g.like.why == v.why;
  };
  const auto end = groups_.begin() + static_cast<std::ptrdiff_t>(groups_used_);
  auto g = std::find_if(groups_.begin(), end, alike);
  if (g == end) {
    if (groups_used_ == groups_at_most) {
      ++ungrouped_;
      return;
    }
    ++groups_used_;
    *g = group{};
    g->like = v;
    g->shortest_ms = g->longest_ms = v.waited_ms;
  }
  ++g->count;
  g->shortest_ms = std::min(g->shortest_ms, v.waited_ms);
  g->longest_ms = std::max(g->longest_ms, v.waited_ms);
  g->several_objects = g->several_objects || g->like.on != v.on;
  show(*g, v);
}

// Keeps those with the lowest numbers.
void report::show(group& g, const task_view& v) noexcept {
  std::size_t at = g.shown_count;
  while (at > 0 && views_[g.shown[at - 1]].id > v.id) --at;
  if (at == shown_of_a_group) return;
  std::uint16_t place;
  if (g.shown_count < shown_of_a_group) {
    place = static_cast<std::uint16_t>(views_used_++);
    ++g.shown_count;
  } else {
    place = g.shown[shown_of_a_group - 1];
  }
  for (std::size_t i = g.shown_count - 1; i > at; --i) g.shown[i] = g.shown[i - 1];
  g.shown[at] = place;
  views_[place] = v;
}

void report::take_backtraces(const scheduler& s, const halt& standing) noexcept {
  running_backtraces running;
  for (std::size_t i = 0; i < views_used_; ++i) {
    const task_view& v = views_[i];
    if (v.state == task_state::running) {
      for (const auto& w : s.workers) {
        if (w->at_halt == v.of) running.take(*w, *v.of, calls_[i]);
      }
    } else if (standing.may_read(*v.of)) {
      take_saved_backtrace(*v.of, calls_[i]);
    }
  }
}

// Printing

void report::print_counts(text_out& out) const noexcept {
  out.print("%zu task%s", tasks_, plural(tasks_));
  const auto count_of = [this](task_state s) { return by_state_[static_cast<std::size_t>(s)]; };
  const char* between = ": ";
  const auto one = [&](task_state s, const char* what) {
    if (count_of(s) == 0) return;
    out.print("%s%zu %s", between, count_of(s), what);
    between = ", ";
  };
  one(task_state::running, "running");
  one(task_state::ready, "ready");
  one(task_state::fresh, "not started");
  one(task_state::parked, "parked");
}

void report::print_view(std::size_t at, text_out& out) const noexcept {
  print(views_[at], out);
  out.print("\n");
  print(calls_[at], out);
}

void report::print_tasks(text_out& out) const noexcept {
  if (!grouped_) {
    for (std::size_t i = 0; i < views_used_; ++i) print_view(i, out);
    return;
  }
  for (std::size_t i = 0; i < groups_used_; ++i) {
    const group& g = groups_[i];
    out.print("%s%zu task%s [", i == 0 ? "" : "\n", g.count, plural(g.count));
    print_state(g.like, out);
    if (waits(g.like)) {
      if (g.like.on && !g.several_objects) out.print(" at %p", g.like.on);
      out.print(", ");
      print_duration(g.shortest_ms, out);
      if (g.longest_ms != g.shortest_ms) {
        out.print(" to ");
        print_duration(g.longest_ms, out);
      }
    }
    out.print("]");
    print_place(g.like, out);
    out.print(g.count > g.shown_count ? ", of which\n" : ":\n");
    for (std::size_t k = 0; k < g.shown_count; ++k) print_view(g.shown[k], out);
  }
  if (ungrouped_ > 0) out.print("\n%zu task%s of further kinds\n", ungrouped_, plural(ungrouped_));
}

the_report::the_report() noexcept
    : hold_([]() -> std::mutex& {
        static std::mutex lock;
        return lock;
      }()),
      it_([]() -> report& {
        static constinit report one;
        return one;
      }()) {}

}  // namespace mn::detail
