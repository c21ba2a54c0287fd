#include "stage.hpp"

#include <algorithm>
#include <bit>

#include "../failure/outcome.hpp"
#include "../failure/proc_text.hpp"

namespace threadmark::harness {

std::uint64_t os_threads_now() noexcept {
  char buffer[8192];
  return number_after(read_start("/proc/self/status", buffer, sizeof buffer), "\nThreads:").value_or(0);
}

stage::stage(std::uint64_t spin_steps_per_us, ledger_client* ledger, load_client* client, effective_configuration model,
             unsigned slow_by_percent)
    : spin_steps_per_us_(spin_steps_per_us),
      ledger_(ledger),
      client_(client),
      model_(model),
      slow_by_percent_(slow_by_percent) {
  totals_.reserve(32);  // so that no iteration allocates because of a report
}

void stage::begin_iteration() {
  elapsed_ = nanoseconds{0};
  ++iterations_;
}

// Reading the status costs tens of microseconds and cools the caches; the 1st, 2nd, 4th, 8th... iteration will do.
void stage::look_at_os_threads() {
  if (std::has_single_bit(iterations_)) most_os_threads_ = std::max(most_os_threads_, os_threads_now());
}

void stage::clock_on() {
  look_at_os_threads();
  started_ = clock::now();
}

// A real delay, not a change of the number: the experiment must show what the whole chain, from the clock to the
// verdict, makes of time that was spent. It is spent at the end, where it takes no core from tasks that still run.
stage::clock::time_point stage::slowed_end() const {
  clock::time_point now = clock::now();
  const clock::time_point end = now + (now - started_) * slow_by_percent_ / 100;
  while (now < end) now = clock::now();
  return now;
}

stage::nanoseconds stage::clock_off() {
  const nanoseconds part = slowed_end() - started_;
  elapsed_ += part;
  look_at_os_threads();
  return part;
}

void stage::metric(std::string_view name, double value) {
  const auto same = std::find_if(totals_.begin(), totals_.end(), [&](const total& one) { return one.name == name; });
  if (same != totals_.end())
    same->sum += value;
  else
    totals_.push_back({std::string(name), value});
}

void stage::reject(const std::string& why) {
  end_trial(outcome::wrong_answer, why);
}

void stage::limit(const std::string& why) {
  end_trial(outcome::limit, why);
}

void stage::expect_answer(bool answered) const {
  if (!answered)
    end_trial(outcome::misconfigured, "the memory ledger at the other end of --ledger_fds does not answer \"ok\"");
}

void stage::snapshot(std::string_view moment, std::uint64_t tasks) {
  if (ledger_ != nullptr) expect_answer(ledger_->snapshot(moment, tasks));
}

void stage::tasks_are_here(std::span<const task_memory> some) {
  if (ledger_ == nullptr || some.empty()) return;
  for (const task_memory& one : some) expect_answer(ledger_->stack(one.stack, one.stack_bytes));
  const task_memory& one = some.front();  // what a control block takes is the same for all
  if (one.control_block_bytes != 0)
    expect_answer(ledger_->control_block(one.control_block_bytes, one.control_block_on_stack));
}

void stage::ask_client(const std::string& line) {
  if (client_ == nullptr)
    end_trial(outcome::misconfigured, "there is no client: --client_fds=R,W is missing (threadmark run gives it)");
  client_->ask(line);
}

std::optional<workloads::client_metrics> stage::client_answer() {
  return client_->answer();
}

std::uint64_t stage::steps_for(std::uint64_t work_ns) const {
  // Nanoseconds by steps a microsecond may pass 2^64, so the division comes first, and then the rest.
  return work_ns / 1000 * spin_steps_per_us_ + work_ns % 1000 * spin_steps_per_us_ / 1000;
}

}  // namespace threadmark::harness
