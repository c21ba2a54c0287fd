// A function that starts as a task when a context is done.
//
// Invariants
//   * `listed` and the links belong to the lock of the node in whose list the call is. Whoever takes it out of the
//     list, under the lock, alone decides what becomes of it: it is started, or dropped.
//   * References: one by the list or by the task that it has become, one by the registration.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <source_location>
#include <type_traits>
#include <utility>

namespace mn {
class context;
}

namespace mn::detail {

class timers;

class done_call {
 public:
  explicit done_call(const std::source_location& at) : where(at) {}
  done_call(const done_call&) = delete;
  done_call& operator=(const done_call&) = delete;

  virtual void run(const mn::context& ctx) = 0;

  void drop_reference() noexcept {
    // Acquire and release: the last one sees what the other did.
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

  const std::source_location where;
  std::shared_ptr<timers> clock;  ///< of the runtime on which it runs
  done_call* next = nullptr;
  done_call* prev = nullptr;
  bool listed = false;

 protected:
  virtual ~done_call() = default;

 private:
  std::atomic<std::uint32_t> references_{2};
};

template <class F>
class done_call_of final : public done_call {
 public:
  template <class G>
  done_call_of(G&& f, const std::source_location& at) : done_call(at), f_(std::forward<G>(f)) {}
  void run(const mn::context& ctx) override {
    if constexpr (std::is_invocable_v<F&, const mn::context&>) {
      f_(ctx);
    } else {
      f_();
    }
  }

 private:
  F f_;
};

}  // namespace mn::detail
