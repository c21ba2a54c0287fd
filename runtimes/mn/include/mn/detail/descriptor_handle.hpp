// A counted reference to a descriptor of the system's, which is what streams and listeners are.
#pragma once

#include <utility>

namespace mn::detail {

class descriptor;

class descriptor_handle {
 public:
  /// Takes over a reference.
  explicit descriptor_handle(descriptor* d) noexcept : descriptor_(d) {}
  descriptor_handle(const descriptor_handle& other) noexcept;
  descriptor_handle(descriptor_handle&& other) noexcept : descriptor_(std::exchange(other.descriptor_, nullptr)) {}
  descriptor_handle& operator=(descriptor_handle other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~descriptor_handle();

  [[nodiscard]] descriptor& operator*() const noexcept { return *descriptor_; }
  [[nodiscard]] descriptor* get() const noexcept { return descriptor_; }

 private:
  descriptor* descriptor_;
};

}  // namespace mn::detail
