// The workers of a runtime, in a place that never moves: any thread walks through them while spares are added.
//
// Invariant: the first `count_` places are filled and stay so until the runtime ends.
// Pairing: the release in add() with the acquire in size().
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>

namespace mn::detail {

class worker;

class worker_list {
 public:
  explicit worker_list(std::size_t at_most);
  ~worker_list();  // with the constructor and add() in worker.cpp, where a worker is a complete type

  [[nodiscard]] std::size_t size() const noexcept { return count_.load(std::memory_order_acquire); }
  [[nodiscard]] bool has_room() const noexcept { return size() < at_most_; }
  [[nodiscard]] std::size_t at_most() const noexcept { return at_most_; }
  [[nodiscard]] worker& operator[](std::size_t i) const noexcept { return *places_[i]; }

  /// One caller at a time, who has seen that there is room.
  void add(std::unique_ptr<worker> w) noexcept;

  [[nodiscard]] const std::unique_ptr<worker>* begin() const noexcept { return places_.get(); }
  [[nodiscard]] const std::unique_ptr<worker>* end() const noexcept { return places_.get() + size(); }

 private:
  friend struct debug_layout;

  std::unique_ptr<std::unique_ptr<worker>[]> places_;
  const std::size_t at_most_;
  std::atomic<std::size_t> count_{0};
};

}  // namespace mn::detail
