#include "trace/tracer.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "os/os.hpp"
#include "scheduler.hpp"
#include "worker.hpp"

namespace mn::detail {
namespace {

std::atomic<unsigned> runtimes{0};

trace_record about(const task& t, trace_kind kind, std::int64_t now) noexcept {
  return {.when_ns = now, .task = t.id, .where = to_word(t.file), .number = t.line, .kind = kind};
}

}  // namespace

tracer::tracer(scheduler& home)
    : home_(home), number_(runtimes.fetch_add(1, std::memory_order_relaxed) + 1) {}  // relaxed: only the number counts

tracer::~tracer() {
  end_all();
}

void tracer::put(trace_record r) noexcept {
  worker* w = current_worker();
  if (w && &w->home == &home_) {
    r.when_ns = os::now_ns();
    put(*w, r);
  } else {
    outsiders_.put(r);
  }
}

void tracer::put(worker& w, const trace_record& r) noexcept {
  const auto begun = begun_.load(std::memory_order_relaxed);
  if (w.events.greeted != begun) {
    w.events.greeted = begun;
    greet(w, r.when_ns);
  }
  w.events.put(r);
}

// A trace has begun since this worker last recorded: what it was doing must be said once.
void tracer::greet(worker& w, std::int64_t now) noexcept {
  if (const task* t = w.current) w.events.put(about(*t, trace_kind::was_running, now));
}

void tracer::chose(worker& w, const task* next) noexcept {
  const std::int64_t now = os::now_ns();
  if (const task* t = w.current) {
    const auto state = t->state.load(std::memory_order_relaxed);  // our own store
    const auto how = w.is_parking()               ? leave_reason::parked
                     : state == task_state::ready ? leave_reason::gave_way
                                                  : leave_reason::ended;
    trace_record r{.when_ns = now, .task = t->id, .number = static_cast<std::uint32_t>(how), .kind = trace_kind::left};
    if (how == leave_reason::parked) {
      r.where = to_word(t->waits_on.load(std::memory_order_relaxed));
      r.detail = t->waits_for.load(std::memory_order_relaxed);
    }
    put(w, r);
    if (const char* name = t->name.load(std::memory_order_relaxed)) put_name(w, name, now);
  }
  if (next) put(w, about(*next, trace_kind::runs, now));
}

void tracer::put_name(worker& w, const char* name, std::int64_t now) noexcept {
  constexpr std::size_t parts_at_most = 4;
  std::size_t left = std::min(std::strlen(name), parts_at_most * trace_record::text_bytes);
  while (left > 0) {
    const std::size_t n = std::min(left, trace_record::text_bytes);
    std::array<std::uint64_t, 2> text{};
    std::memcpy(text.data(), name, n);
    w.events.put({.when_ns = now,
                  .task = text[0],
                  .where = text[1],
                  .number = static_cast<std::uint32_t>(n),
                  .kind = trace_kind::named});
    name += n;
    left -= n;
  }
}

void tracer::named(worker& w) noexcept {
  const task& t = *w.current;
  const std::int64_t now = os::now_ns();
  put(w, {.when_ns = now, .task = t.id, .kind = trace_kind::takes_name});
  if (const char* name = t.name.load(std::memory_order_relaxed)) put_name(w, name, now);
}

void tracer::spawned(const task& t) noexcept {
  put(about(t, trace_kind::spawned, 0));
}

void tracer::woken(const task& t, bool by_itself) noexcept {
  trace_record r = about(t, by_itself ? trace_kind::woke_itself : trace_kind::woken, 0);
  r.detail = t.waits_for.load(std::memory_order_relaxed);  // ordered as all of the task is: it was handed to us
  put(r);
}

void tracer::note(trace_kind kind, std::uint64_t task, std::uint32_t number) noexcept {
  put({.task = task, .number = number, .kind = kind});
}

void tracer::sample(worker& w) noexcept {
  put(w, home_.levels(w).to_record(os::now_ns()));
}

}  // namespace mn::detail
