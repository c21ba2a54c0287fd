#include "mn/trace.hpp"

#include <exception>

#include "mn/runtime.hpp"
#include "scheduler.hpp"
#include "trace/environment.hpp"

namespace mn {

trace::trace(runtime& rt, const std::string& path, trace_options o) : session_(rt.scheduler_->tracing.begin(path, o)) {}

trace::~trace() {
  try {
    stop();
  } catch (const std::exception& e) {
    detail::complain(e.what());
  }
}

trace_result trace::stop() {
  if (session_->owner) session_->owner->end(*session_);
  return session_->result;
}

}  // namespace mn
