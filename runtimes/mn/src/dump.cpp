#include "dump.hpp"

#include <array>
#include <cstdint>

#include "arch/unwind.hpp"
#include "blocked_threads.hpp"
#include "halt.hpp"
#include "mn/diagnostics.hpp"
#include "os/os.hpp"
#include "registry.hpp"
#include "report.hpp"
#include "scheduler.hpp"
#include "wait_text.hpp"
#include "worker.hpp"

namespace mn::detail {
namespace {

struct head {
  unsigned number = 0;
  std::size_t workers = 0;
  std::size_t asleep = 0;
  bool stood = false;
};

// With the registry's lock.
head take(report& r, scheduler& s) noexcept {
  const halt standing(s);
  r.take(s, &standing);
  return {s.number, s.workers.size(), s.idle.count(), standing.stands()};
}

void print(const head& h, const report& r, text_out& out) noexcept {
  out.print("\nruntime %u: %zu worker%s, %zu asleep; ", h.number, h.workers, h.workers == 1 ? "" : "s", h.asleep);
  r.print_counts(out);
  out.print("\n");
  if (!h.stood) {
    out.print("(without backtraces: the workers could not be brought to a halt)\n");
  } else if (!arch::can_unwind_saved) {
    out.print("(without backtraces of parked tasks: this build's switch does not tell where they are)\n");
  }
  if (r.tasks() > 0) out.print("\n");
  r.print_tasks(out);
}

struct thread_view {
  int thread;
  wait_reason why;
  const void* on;
  std::uint32_t since_ms;
};

void print_threads(text_out& out) noexcept {
  std::array<thread_view, 64> views;
  std::size_t n = 0, all = 0;
  blocked_threads::instance().each([&](const thread_parker& p) {
    if (n < views.size()) views[n++] = {p.thread, p.why, p.on, p.since_ms};
    ++all;
  });
  if (all == 0) return;
  const auto now_ms = static_cast<std::uint32_t>(os::now_ns() / 1'000'000);
  out.print("\n");
  for (std::size_t i = 0; i < n; ++i) {
    const thread_view& v = views[i];
    char name[16];
    out.print("thread %d", v.thread);
    if (os::thread_name(v.thread, name)) out.print(" \"%s\"", name);
    out.print(" [%s", to_text(v.why));
    if (v.on && v.why != wait_reason::runtime) out.print(" at %p", v.on);
    out.print(", ");
    print_duration(now_ms - v.since_ms, out);
    out.print("]\n");
  }
  if (all > n) out.print("and %zu more threads\n", all - n);
}

}  // namespace

void dump_all(const char* header, int fd) noexcept {
  text_out out(to_descriptor, &fd);
  out.print("%s\n", header);
  auto& all = registry::instance();
  for (unsigned last = 0;;) {
    const the_report r;
    head h;
    {
      std::lock_guard hold(all.lock);
      scheduler* s = all.first();  // they are listed by number
      while (s && s->number <= last) s = s->next_runtime;
      if (!s) break;
      h = take(*r, *s);
    }
    last = h.number;
    print(h, *r, out);
  }
  print_threads(out);
}

void dump_one(scheduler& s, int fd) noexcept {
  text_out out(to_descriptor, &fd);
  const the_report r;
  head h;
  {
    std::lock_guard hold(registry::instance().lock);
    h = take(*r, s);
  }
  print(h, *r, out);
}

}  // namespace mn::detail

namespace mn {

void dump_all_tasks(int fd) {
  detail::dump_all("mn: all tasks", fd);
}

}  // namespace mn
