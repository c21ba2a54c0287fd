#include "mn/runtime.hpp"

#include "dump.hpp"
#include "scheduler.hpp"
#include "worker.hpp"

namespace mn {

runtime::runtime(options o) : scheduler_(std::make_unique<detail::scheduler>(o)) {}
runtime::~runtime() {
  // Others may still refer to it: see shutdown().
  if (scheduler_->abandoned()) (void)scheduler_.release();  // NOLINT(bugprone-unused-return-value)
}

void runtime::check_outside() const {
  if (detail::current_worker()) throw inside_a_task("mn: runtime::run() was called inside a task; use go() there");
}

bool runtime::wait_until_done() noexcept {
  if (scheduler_->wait_until_quiet()) return true;
  scheduler_->wait_until_stopped();  // the closure of the root task refers to our caller's frame
  return scheduler_->all_tasks_ended();
}

unsigned runtime::cores() const noexcept {
  return scheduler_->settings.cores;
}
std::size_t runtime::stack_bytes() const noexcept {
  return scheduler_->settings.stack_bytes;
}
void runtime::dump(int fd) const {
  detail::dump_one(*scheduler_, fd);
}
statistics runtime::stats() const noexcept {
  return scheduler_->stats();
}

}  // namespace mn
