// While one lives, ThreadSanitizer sees nothing of what the calling task or thread does: neither its accesses nor its
// synchronisation. The runtime works behind these, so that it orders tasks only where it says so (src/sanitizer.hpp).
// Nothing at all without ThreadSanitizer.
#pragma once

namespace mn::detail {

#if defined(MN_TSAN)

class [[nodiscard]] unseen {
 public:
  unseen() noexcept;
  ~unseen();
  unseen(const unseen&) = delete;
  unseen& operator=(const unseen&) = delete;
};

#else

class [[nodiscard]] unseen {
 public:
  unseen() noexcept {}  // not defaulted: a variable of this type is no unused one
};

#endif

}  // namespace mn::detail
