// A select's case that is taken when a descriptor may be read from, or written to, or is closed. It takes nothing: the
// caller attempts what it wants afterwards.
#pragma once

#include <cstdint>

#include "mn/detail/select_core.hpp"

namespace mn::detail {

class descriptor;

enum class direction : std::uint8_t { read, write };

/// For tasks.
class readiness_case : public select_case {
 public:
  readiness_case(descriptor& d, direction which) noexcept : descriptor_(&d), which_(which) { from_outside = true; }

  attempt poll() override;
  attempt enlist(select_claim& claim, bool& retry) override;
  void withdraw() override;

  [[nodiscard]] const void* object() const noexcept override { return descriptor_; }
  void lock() noexcept override;
  void unlock() noexcept override;
  attempt try_unlocking() override;

  [[nodiscard]] bool confirm() noexcept override;

 protected:
  /// With the descriptor's lock held.
  [[nodiscard]] virtual bool need_not_wait() const noexcept;
  [[nodiscard]] descriptor& watched() const noexcept { return *descriptor_; }
  [[nodiscard]] direction way() const noexcept { return which_; }

 private:
  descriptor* descriptor_;
  direction which_;
  bool refused_ = false;  ///< the system does not watch it: the case is taken, and an attempt will say so
};

/// Throws not_in_a_task on a plain thread, for which nobody watches.
void require_task();

}  // namespace mn::detail
