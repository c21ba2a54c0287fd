// Tells Valgrind which memory holds stacks; without that it takes a switch for a change of the stack's size by
// megabytes, and every local variable beyond for uninitialised. A request is a few instructions that do nothing outside
// of Valgrind, and is made once a slot. Nothing at all where Valgrind's header was not there when mn was built.
#pragma once

#include <cstddef>

#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#endif

namespace mn::detail {

/// The slot's memory from `lowest` on is a stack from now on; true if Valgrind is there and has written down `number`,
/// by which it is told when that ends.
inline bool valgrind_register([[maybe_unused]] void* lowest, [[maybe_unused]] std::size_t bytes,
                              [[maybe_unused]] unsigned& number) noexcept {
#if defined(VALGRIND_STACK_REGISTER)
  if (RUNNING_ON_VALGRIND == 0) return false;
  number = static_cast<unsigned>(VALGRIND_STACK_REGISTER(lowest, static_cast<std::byte*>(lowest) + bytes));
  return true;
#else
  return false;
#endif
}

inline void valgrind_deregister([[maybe_unused]] unsigned number) noexcept {
#if defined(VALGRIND_STACK_DEREGISTER)
  VALGRIND_STACK_DEREGISTER(number);
#endif
}

}  // namespace mn::detail
