#include "backtrace.hpp"

#include <cxxabi.h>
#include <unwind.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "arch/unwind.hpp"
#include "os/os.hpp"
#include "os/process.hpp"
#include "os/symbols.hpp"
#include "worker.hpp"

namespace mn::detail {
namespace {

/// A walk: what comes before `starts()` says so is left out.
struct walk {
  backtrace* out;
  bool (*starts)(const void* address, bool interrupted);
  bool started = false;
  bool skip_this = false;  ///< the frame that starts is not itself a part
};

_Unwind_Reason_Code step(_Unwind_Context* at, void* arg) {
  auto& w = *static_cast<walk*>(arg);
  int exact = 0;  // a signal's frame: the address is that of the instruction itself, not the one after a call
  const auto next = _Unwind_GetIPInfo(at, &exact);
  if (next == 0) return _URC_END_OF_STACK;
  const auto* address = reinterpret_cast<const void*>(exact ? next : next - 1);
  if (!w.started) {
    w.started = w.starts(reinterpret_cast<const void*>(next), exact != 0);
    if (!w.started || w.skip_this) return _URC_NO_REASON;
  }
  if (w.out->count == backtrace::at_most) {
    w.out->more = true;
    return _URC_END_OF_STACK;
  }
  w.out->calls[w.out->count++] = address;
  return _URC_NO_REASON;
}

// Written by a worker before the halt, or after it. Afterwards the worker need not have waited for us: it may have been
// in a task throughout and then see the halt's bit cleared, relaxed, which no tool takes for an order.
#if defined(MN_TSAN)
[[gnu::noinline, gnu::noipa, gnu::no_sanitize("thread")]]
#endif
void* saved_sp(const task& t) noexcept {
  return t.ctx.sp;
}

#if defined(MN_TSAN)
[[gnu::noinline, gnu::noipa, gnu::no_sanitize("thread")]]
#endif
bool has_stack(const task& t) noexcept {
  return t.stack != nullptr;
}

}  // namespace

void take_saved_backtrace(const task& t, backtrace& out) noexcept {
  out.clear();
  if (!arch::can_unwind_saved || !has_stack(t)) return;
  walk w{&out, [](const void* address, bool) { return arch::is_bridge(address); }, false, true};
  arch::call_below(saved_sp(t), [](void* arg) { _Unwind_Backtrace(step, arg); }, &w);
}

// Tasks that run

namespace answering {
namespace {

// One question at a time. The handler writes the answer only while the state is `being_answered`; if it never comes to
// an end, the answer's place is never used again.
enum question : std::uint32_t { none, asked, being_answered, answered };
std::atomic<std::uint32_t> state{none};  ///< a futex word
static_assert(std::atomic<std::uint32_t>::is_always_lock_free, "used in a signal handler");
std::atomic<const worker*> asked_worker{nullptr};
std::atomic<const task*> asked_task{nullptr};
backtrace answer;

void on_signal(int) {
  const unseen hidden;  // the signal stack and the answer are no task's
  const int saved = errno;
  std::uint32_t expected = asked;
  // Acquire: pairs with the release in take(). A signal that comes late finds no question, or another worker's.
  if (asked_worker.load(std::memory_order_relaxed) == current_worker() &&
      state.compare_exchange_strong(expected, being_answered, std::memory_order_acquire)) {
    answer.clear();
    const worker* here = current_worker();
    if (here && here == asked_worker.load(std::memory_order_relaxed) &&
        here->current == asked_task.load(std::memory_order_relaxed) && arch::can_unwind_interrupted()) {
      walk w{&answer, [](const void*, bool interrupted) { return interrupted; }};
      _Unwind_Backtrace(step, &w);
    }
    state.store(answered, std::memory_order_release);
    os::futex_wake_all(state);
  }
  errno = saved;
}

_Unwind_Reason_Code ignore(_Unwind_Context*, void*) {
  return _URC_NO_REASON;
}

}  // namespace
}  // namespace answering

running_backtraces::running_backtraces() noexcept {
  // Once here, so that the handler finds the unwinder loaded and its functions resolved.
  _Unwind_Backtrace(answering::ignore, nullptr);
  found_ = os::take_signal(SIGURG, answering::on_signal);
}

running_backtraces::~running_backtraces() {
  os::give_signal(SIGURG, answering::on_signal, found_);
}

void running_backtraces::take(worker& w, const task& t, backtrace& out) noexcept {
  out.clear();
  if (found_ == os::signal_action::taken || answering::state.load(std::memory_order_acquire) != answering::none) return;
  answering::asked_worker.store(&w, std::memory_order_relaxed);
  answering::asked_task.store(&t, std::memory_order_relaxed);
  answering::state.store(answering::asked, std::memory_order_release);
  const std::int64_t until = os::now_ns() + patience_ns;
  if (os::send_signal(w.thread_id.load(std::memory_order_relaxed), SIGURG)) {
    for (;;) {
      // Acquire: pairs with the release in the handler.
      const auto now = answering::state.load(std::memory_order_acquire);
      const std::int64_t left = until - os::now_ns();
      if (now == answering::answered || left <= 0) break;
      os::futex_wait(answering::state, now, left);
    }
  }
  std::uint32_t seen = answering::asked;
  if (answering::state.compare_exchange_strong(seen, answering::none, std::memory_order_acquire)) return;
  if (seen != answering::answered) return;  // it is still writing: for good, then
  out = answering::answer;
  answering::state.store(answering::none, std::memory_order_relaxed);
}

// Printing

namespace {

/// The name as it is written in a program; null where it is none of C++.
class readable_name {
 public:
  explicit readable_name(const char* symbol) noexcept {
    int status = 0;
    if (symbol) name_ = abi::__cxa_demangle(symbol, nullptr, nullptr, &status);
  }
  ~readable_name() { std::free(name_); }
  readable_name(const readable_name&) = delete;
  readable_name& operator=(const readable_name&) = delete;
  [[nodiscard]] char* get() const noexcept { return name_; }

 private:
  char* name_ = nullptr;
};

bool begins_with(const char* s, const char* prefix) noexcept {
  return s && std::strncmp(s, prefix, std::strlen(prefix)) == 0;
}

/// How every task begins.
bool is_outer(const char* readable, const char* symbol) noexcept {
  return begins_with(readable, "mn::detail::worker::run_closure") ||
         begins_with(readable, "mn::detail::worker::task_main") || begins_with(symbol, "mn_first_frame");
}

/// How a task parks, or gives way, or takes a dump: the same in each backtrace.
bool is_inner(const char* readable, const char* symbol) noexcept {
  for (const char* prefix : {"mn::detail::worker::", "mn::detail::park_",
                             "mn::detail::running_backtraces::", "mn::detail::report::", "mn::detail::dump_"}) {
    if (begins_with(readable, prefix)) return true;
  }
  return begins_with(symbol, "mn_switch");
}

/// Calls between those two, as far as names are known.
struct range {
  std::uint32_t begin, end;
};
range outside_mn(const backtrace& b, os::symbol_reader& symbols) noexcept {
  range r{0, b.count};
  for (std::uint32_t i = 0; i < b.count; ++i) {
    os::symbol s;
    symbols.find(b.calls[i], s);
    const readable_name name(s.name);
    if (is_outer(name.get(), s.name)) {
      r.end = i;
      break;
    }
    if (is_inner(name.get(), s.name)) r.begin = i + 1;
  }
  return r;
}

/// `name` is `prefix<X>...`: cuts it to X, in place. Returns where it begins, or `name` if it is something else.
char* template_argument(char* name, const char* prefix) noexcept {
  if (!begins_with(name, prefix)) return name;
  char* from = name + std::strlen(prefix);
  int depth = 1;
  for (char* c = from; *c; ++c) {
    if (*c == '<') ++depth;
    if (*c == '>' && c[-1] != '-' && --depth == 0) {
      *c = '\0';
      return from;
    }
  }
  return name;
}

/// A task's closure is called by a function whose name tells of nothing but that; its own name is inside.
const char* closure_name(char* name) noexcept {
  char* closure = template_argument(name, "mn::detail::task::set_closure<");
  return closure == name ? name : template_argument(closure, "mn::runtime::run<");
}

}  // namespace

void print(const backtrace& b, text_out& out) noexcept {
  if (b.count == 0) return;
  os::symbol_reader symbols;
  const range shown = outside_mn(b, symbols);
  for (std::uint32_t i = shown.begin; i < shown.end; ++i) {
    os::symbol s;
    symbols.find(b.calls[i], s);
    const readable_name name(s.name);
    const char* text = name.get() ? closure_name(name.get()) : s.name;
    out.print("    #%-2u ", i - shown.begin);
    if (text) out.print("%s +0x%zx  (", text, s.offset);
    out.print("%s+0x%zx%s\n", s.module, s.module_offset, text ? ")" : "");
  }
  if (b.more) out.print("    ... and more calls\n");
}

}  // namespace mn::detail
