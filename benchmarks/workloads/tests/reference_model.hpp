// A model for tests: a std::thread a task, one lock and one condition variable for everything, and faults that can be
// planted. It is as simple as a model can be, so that it can be seen to be right, and as slow.
//
// Every function that waits does so under the one lock and is woken by every change, so no wake-up can be lost. The
// send case of a `select` and a try_send on a channel of capacity 0 succeed only while a receiver is blocked in recv.
#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <exception>
#include <memory>
#include <model.hpp>
#include <mutex>
#include <new>
#include <optional>
#include <os_threads/thread_network.hpp>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace threadmark {
namespace reference {

/// What is wrong with the model. A variant of the model has the fault of that name.
enum class fault {
  none,
  wait_returns_early,  ///< a wait group never waits; tasks start late and receive slowly
  values_change,       ///< every seventh value received is one more than what was sent
  values_vanish,       ///< every seventh value sent into a buffered channel is thrown away
  values_repeat,       ///< every seventh value received is received again
  channels_mixed_up,   ///< recv_any names the channel after the right one
  closes_by_itself,    ///< a receive does not wait
  closed_has_values,   ///< a receive from a closed channel finds a value
  refuses_tasks,       ///< go throws limit_reached from the 5th task on
  has_no_memory,       ///< go throws std::bad_alloc
  throws_in_task,      ///< a task throws
  aborts,              ///< go aborts
  hangs,               ///< go never returns
  cannot_select,       ///< select is labelled unsupported
  sleeps_too_short,    ///< a sleep returns at once
  held_tasks_run,      ///< a task that is held back runs all the same
  cannot_hold,         ///< held tasks are not expressed in this configuration
};

inline constexpr std::array<std::string_view, 16> fault_names{"wait_returns_early",
                                                              "values_change",
                                                              "values_vanish",
                                                              "values_repeat",
                                                              "channels_mixed_up",
                                                              "closes_by_itself",
                                                              "closed_has_values",
                                                              "refuses_tasks",
                                                              "has_no_memory",
                                                              "throws_in_task",
                                                              "aborts",
                                                              "hangs",
                                                              "cannot_select",
                                                              "sleeps_too_short",
                                                              "held_tasks_run",
                                                              "cannot_hold"};

inline fault planted = fault::none;
inline unsigned worker_starts = 0;  ///< how often `on_worker_start` was called

inline std::mutex lock;
inline std::condition_variable changed;
inline unsigned live_tasks = 0;

/// True at every seventh call.
inline bool seventh() {
  static unsigned calls = 0;
  return ++calls % 7 == 0;
}

/// Makes a change under the lock, and wakes whoever waits for one.
template <class F>
auto change(F f) {
  const std::lock_guard guard(lock);
  changed.notify_all();
  return f();
}

template <class F>
void wait_until(std::unique_lock<std::mutex>& guard, F f) {
  changed.notify_all();  // what was done before waiting may be what others wait for
  changed.wait(guard, f);
}

struct closed_channel : std::runtime_error {
  closed_channel() : std::runtime_error("send on a closed channel") {}
};

template <class T>
class channel {
 public:
  explicit channel(std::size_t capacity) : state_(std::make_shared<state>(capacity)) {}
  explicit channel(at_least asked) : channel(asked.capacity) {}
  explicit channel(selectable asked) : channel(asked.capacity) {}

  void send(T value) {
    std::unique_lock guard(lock);
    if (state_->capacity > 0) {
      wait_until(guard, [&] { return state_->closed || state_->values.size() < state_->capacity; });
      if (state_->closed) throw closed_channel();
      if (planted != fault::values_vanish || !seventh()) state_->values.push_back(std::move(value));
      changed.notify_all();
      return;
    }
    if (state_->closed) throw closed_channel();
    // Capacity 0: the value is offered, and the sender goes on when it has been taken.
    state_->values.push_back(std::move(value));
    const std::size_t mine = ++state_->offered;
    wait_until(guard, [&] { return state_->closed || state_->taken >= mine; });
    if (state_->taken < mine) throw closed_channel();
  }

  std::optional<T> recv() {
    std::unique_lock guard(lock);
    ++state_->receivers;
    wait_until(guard, [&] { return ready(); });
    --state_->receivers;
    std::optional<T> value = take();
    guard.unlock();
    if (planted == fault::wait_returns_early) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    return value;
  }

  bool try_send(T value) {
    std::unique_lock guard(lock);
    if (state_->closed) throw closed_channel();
    if (state_->values.size() >= state_->capacity + (state_->capacity == 0 ? state_->receivers : 0)) return false;
    if (state_->capacity == 0) ++state_->offered;
    state_->values.push_back(std::move(value));
    changed.notify_all();
    return true;
  }

  try_result try_recv(T& value) {
    const std::lock_guard guard(lock);
    if (!ready()) return try_result::empty;
    std::optional<T> got = take();
    if (!got) return try_result::closed;
    value = std::move(*got);
    return try_result::value;
  }

  void close() {
    change([&] { state_->closed = true; });
  }
  std::size_t capacity() const { return state_->capacity; }

  // For recv_any and select, which hold the lock.
  bool ready() const { return !state_->values.empty() || state_->closed || planted == fault::closes_by_itself; }
  std::optional<T> take() {
    changed.notify_all();
    if (state_->values.empty()) return planted == fault::closed_has_values ? std::optional<T>(T{}) : std::optional<T>{};
    T value = state_->values.front();
    if (planted != fault::values_repeat || !seventh()) {
      state_->values.pop_front();
      ++state_->taken;
    }
    if (planted == fault::values_change && seventh()) ++value;
    return value;
  }

 private:
  struct state {
    explicit state(std::size_t size) : capacity(size) {}
    std::size_t capacity;
    std::deque<T> values;
    std::size_t offered = 0;  // with capacity 0: how many values were ever offered, and how many taken, in order
    std::size_t taken = 0;
    std::size_t receivers = 0;
    bool closed = false;
  };
  std::shared_ptr<state> state_;
};

class wait_group {
 public:
  void add(std::ptrdiff_t n) {
    change([&] {
      count_ += n;
      if (count_ < 0) throw std::logic_error("negative wait_group counter");
    });
  }
  void done() { add(-1); }
  void wait() {
    std::unique_lock guard(lock);
    if (planted != fault::wait_returns_early) wait_until(guard, [&] { return count_ == 0; });
  }

 private:
  std::ptrdiff_t count_ = 0;
};

template <class F>
void go(F f) {
  static unsigned started = 0;
  if (planted == fault::refuses_tasks && ++started >= 5) throw limit_reached("made-up call: EAGAIN at 4 threads");
  if (planted == fault::has_no_memory) throw std::bad_alloc();
  if (planted == fault::aborts) std::abort();
  while (planted == fault::hangs) std::this_thread::sleep_for(std::chrono::seconds(1));
  change([] { ++live_tasks; });
  std::thread([f]() mutable {
    if (planted == fault::throws_in_task) throw std::runtime_error("a made-up failure in a task");
    if (planted == fault::wait_returns_early) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    f();
    change([] { --live_tasks; });
  }).detach();
}

/// Each is a thread that waits before it does anything.
class held_tasks {
 public:
  held_tasks() {
    if (planted == fault::cannot_hold) throw not_expressed("held_start: a made-up configuration");
  }
  template <class F>
  void go(F f) {
    if (planted == fault::held_tasks_run) return f();
    reference::go([f, open = open_]() mutable {
      {
        std::unique_lock guard(lock);
        wait_until(guard, [&] { return *open; });
      }
      f();
    });
  }
  void release() {
    change([&] { *open_ = true; });
  }

 private:
  std::shared_ptr<bool> open_ = std::make_shared<bool>(false);  // guarded by the one lock
};

class runtime {
 public:
  explicit runtime(runtime_options options) : cores_(options.cores) {
    for (std::size_t i = 0; i < fault_names.size(); ++i)
      if (fault_names[i] == options.variant) planted = static_cast<fault>(i + 1);
    // There are no workers; one short-lived thread stands for them.
    if (options.on_worker_start != nullptr)
      std::thread([&] {
        options.on_worker_start();
        ++worker_starts;
      }).join();
  }
  template <class F>
  void run(F f) {
    std::exception_ptr thrown;
    try {
      f();
    } catch (...) {
      thrown = std::current_exception();
    }
    std::unique_lock guard(lock);
    wait_until(guard, [] { return live_tasks == 0; });
    if (thrown) std::rethrow_exception(thrown);
  }
  effective_configuration effective() const { return {cores_, 8 << 20}; }

 private:
  unsigned cores_;
};

}  // namespace reference

struct reference_model {
  static constexpr std::string_view name = "reference";
  static std::string version() { return "1"; }
  static constexpr const auto& variants = reference::fault_names;
  static expression express(capability c) {
    if (c == capability::select && reference::planted == reference::fault::cannot_select)
      return {label::unsupported, "a made-up reason"};
    if (c == capability::cancellation || c == capability::task_listing)
      return {label::unsupported, "it is kept simple"};
    return {c == capability::go ? label::native : label::composed, "one lock"};
  }

  using runtime = reference::runtime;
  template <class T>
  using channel = reference::channel<T>;
  using channel_closed = reference::closed_channel;
  using wait_group = reference::wait_group;
  using mutex = std::mutex;
  using held_tasks = reference::held_tasks;
  using listener = os_threads::listener;
  using connection = os_threads::connection;

  template <class F>
  static void go(F f) {
    reference::go(std::move(f));
  }
  template <class F>
  static void serve(connection c, F f) {
    // go copies what it is given, so both are shared.
    reference::go([c = std::make_shared<connection>(std::move(c)), f = std::make_shared<F>(std::move(f))]() mutable {
      while ((*f)(*c)) continue;
      f.reset();
      c.reset();
    });
  }
  static void yield() { std::this_thread::yield(); }
  static task_memory memory_of_this_task() { return {.stack = __builtin_frame_address(0)}; }
  static void sleep_for(duration d) {
    if (reference::planted != reference::fault::sleeps_too_short) std::this_thread::sleep_for(d);
  }

  template <class T>
  static std::pair<std::size_t, std::optional<T>> recv_any(std::span<channel<T>> channels) {
    std::unique_lock guard(reference::lock);
    std::size_t found = 0;
    reference::wait_until(guard, [&] {
      for (found = 0; found < channels.size(); ++found)
        if (channels[found].ready()) return true;
      return false;
    });
    std::optional<T> value = channels[found].take();
    if (reference::planted == reference::fault::channels_mixed_up) found = (found + 1) % channels.size();
    return {found, value};
  }

  // A case is asked again and again whether it can run; `last` ones only when no other could.
  template <class F>
  struct select_case {
    bool last;
    F try_run;
  };
  template <class F>
  static select_case<F> make_case(bool last, F f) {
    return {last, f};
  }
  template <class T, class F>
  static auto on_recv(channel<T> ch, F f) {
    return make_case(false, [=]() mutable {
      T value{};
      const try_result got = ch.try_recv(value);
      if (got == try_result::empty) return false;
      f(got == try_result::value ? std::optional<T>(value) : std::nullopt);
      return true;
    });
  }
  template <class T, class F>
  static auto on_send(channel<T> ch, T value, F f) {
    return make_case(false, [=]() mutable { return ch.try_send(value) && (f(), true); });
  }
  template <class F>
  static auto after(duration d, F f) {
    return make_case(true, [f, end = std::chrono::steady_clock::now() + d] {
      return std::chrono::steady_clock::now() >= end && (f(), true);
    });
  }
  template <class F>
  static auto otherwise(F f) {
    return make_case(true, [f] { return f(), true; });
  }
  template <class... Case>
  static std::size_t select(Case... cases) {
    while (true) {
      for (const bool last : {false, true}) {
        std::size_t position = 0;
        std::size_t ran = sizeof...(cases);
        ((ran == sizeof...(cases) && cases.last == last && cases.try_run() ? void(ran = position++) : void(++position)),
         ...);
        if (ran != sizeof...(cases)) return ran;
      }
      std::this_thread::yield();
    }
  }
};

static_assert(holds_tasks<reference_model> && networks<reference_model>);

}  // namespace threadmark
