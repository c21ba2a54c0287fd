// What a workload sees of the program that runs it: its parameters, a clock, and where answers, metrics and refusals
// go.
//
// A workload is a struct with
//   name                       its name in catalog.json
//   cold                       true: one iteration, without a warm-up before it
//   W(parameters)              takes its values; throws std::invalid_argument where they make no sense
//   iterate<M>(trial&) const   sets up, does the work once between clock_on and clock_off, checks the answer, and
//                              reports each metric of the catalogue. Runs inside the root task of model M.
//
// What every body must hold:
//   - Answers are checked while no clock runs; a wrong one goes to `reject`, and no metric is reported.
//   - Tasks are started by `start` (or `start_held`): where the system refuses another task, or the body of a task
//   throws, the trial ends
//     there and then, whatever the model would do with the exception. Unwinding further would take away what the
//     tasks that already run are using.
//   - A task that may still be inside a channel's function when the root goes on owns its handle: handles are then
//     captured by value. Where the root waits for something the task does afterwards, a reference is enough.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <model.hpp>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace threadmark::workloads {

/// A cell's parameters in the catalogue's order.
class parameters {
 public:
  parameters() = default;
  parameters(std::initializer_list<std::pair<std::string, std::uint64_t>> values) : values_(values) {}

  void add(std::string name, std::uint64_t value) { values_.emplace_back(std::move(name), value); }

  bool has(std::string_view name) const {
    for (const auto& [known, value] : values_)
      if (known == name) return true;
    return false;
  }

  /// The value of a parameter; throws std::out_of_range where the cell has none of that name.
  std::uint64_t operator[](std::string_view name) const {
    for (const auto& [known, value] : values_)
      if (known == name) return value;
    throw std::out_of_range("the cell has no parameter '" + std::string(name) + "'");
  }

  auto begin() const { return values_.begin(); }
  auto end() const { return values_.end(); }

 private:
  std::vector<std::pair<std::string, std::uint64_t>> values_;
};

/// Long enough for the last task to get from lowering a wait group into the receive that follows.
inline constexpr std::chrono::milliseconds settle{100};

/// What the client outside has measured, by name.
using client_metrics = std::vector<std::pair<std::string, double>>;

/// One iteration of a workload, seen from inside. Used by the root task only.
class trial {
 public:
  using nanoseconds = std::chrono::nanoseconds;

  /// Starts a timed part. Parts do not overlap.
  virtual void clock_on() = 0;
  /// Ends it, and says how long it took. The iteration's time is the sum of its parts.
  virtual nanoseconds clock_off() = 0;
  /// Reports a metric of the catalogue for this iteration, in its unit.
  virtual void metric(std::string_view name, double value) = 0;
  /// The answer is wrong: ends the trial with that outcome.
  [[noreturn]] virtual void reject(const std::string& why) = 0;
  /// The model cannot go so far, by its own nature and not for want of anything: ends the trial with that outcome.
  [[noreturn]] virtual void limit(const std::string& why) = 0;
  /// Lets whoever measures this process's memory from outside do so now; `tasks` are alive. Allocates nothing.
  virtual void snapshot(std::string_view moment, std::uint64_t tasks) = 0;
  /// Tells whoever measures it where the memory of some of the tasks is, before the snapshot that is about them.
  /// Allocates nothing.
  virtual void tasks_are_here(std::span<const task_memory> some) = 0;
  /// Asks the client outside of this process for something: a line of the protocol, without its end. Its answer is
  /// asked for until it is there; one question at a time. Where there is no client, or it refuses, the trial ends.
  virtual void ask_client(const std::string& line) = 0;
  /// The metrics that the client has answered with; nothing as long as it has not answered. Does not block.
  virtual std::optional<client_metrics> client_answer() = 0;
  /// How many steps of the work loop last so many nanoseconds.
  virtual std::uint64_t steps_for(std::uint64_t work_ns) const = 0;
  /// How many cores the model uses.
  virtual unsigned cores() const = 0;
  /// Address space that the model sets aside for one task's stack.
  virtual std::size_t stack_bytes() const = 0;

 protected:
  ~trial() = default;
};

/// Runs f; an exception that leaves it goes to the terminate handler, which can see it (that of a plain noexcept
/// cannot, in some compilers).
template <class F>
void or_terminate(F&& f) noexcept {
  try {
    std::forward<F>(f)();
  } catch (...) {
    std::terminate();
  }
}

/// Starts f as a task of model M.
template <threading_model M, class F>
void start(F f) noexcept {
  or_terminate([&] { M::go([body = std::move(f)]() mutable noexcept { or_terminate(body); }); });
}

/// Starts f as a task that does not run before `held.release()`.
template <class HeldTasks, class F>
void start_held(HeldTasks& held, F f) noexcept {
  or_terminate([&] { held.go([body = std::move(f)]() mutable noexcept { or_terminate(body); }); });
}

/// A duration divided among so many pieces of work.
inline double ns_per(trial::nanoseconds time, std::uint64_t pieces) {
  return static_cast<double>(time.count()) / static_cast<double>(pieces);
}

inline double in_ms(trial::nanoseconds time) {
  return static_cast<double>(time.count()) / 1e6;
}

/// Takes a parameter that must be at least 1.
inline std::uint64_t positive(const parameters& values, std::string_view name) {
  const std::uint64_t value = values[name];
  if (value == 0) throw std::invalid_argument(std::string(name) + " must be at least 1");
  return value;
}

}  // namespace threadmark::workloads
