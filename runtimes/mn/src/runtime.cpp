#include "mn/runtime.hpp"

#include "scheduler.hpp"
#include "worker.hpp"

namespace mn {

runtime::runtime(options o) : scheduler_(std::make_unique<detail::scheduler>(o)) {}
runtime::~runtime() = default;

void runtime::check_outside() const {
  if (detail::current_worker()) throw error("mn: runtime::run() was called inside a task; use go() there");
}

void runtime::wait_until_done() noexcept {
  scheduler_->wait_until_quiet();
}

unsigned runtime::cores() const noexcept {
  return scheduler_->settings.cores;
}
std::size_t runtime::stack_bytes() const noexcept {
  return scheduler_->settings.stack_bytes;
}
statistics runtime::stats() const noexcept {
  return scheduler_->stats();
}

}  // namespace mn
