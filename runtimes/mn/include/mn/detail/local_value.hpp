// What a task keeps for one fiber_local, and where it finds it (src/locals.cpp).
//
// A fiber_local is known by a number that no other in the process ever has, so a value whose fiber_local has gone is
// found by nobody else; it stays until its task ends.
#pragma once

#include <cstdint>

namespace mn::detail {

/// The head of a value; the value lies behind it.
struct local_value {
  std::uint64_t id = 0;
  void (*destroy)(local_value*) noexcept = nullptr;  ///< ends the value and frees its memory
  local_value* older = nullptr;                      ///< made before it in the same task, and destroyed after it
  local_value* newer = nullptr;
};

/// A number that no other fiber_local has.
[[nodiscard]] std::uint64_t new_local_id() noexcept;
/// The value of the calling task (or plain thread), or null.
[[nodiscard]] local_value* find_local(std::uint64_t id) noexcept;
/// Keeps a value for the calling task (or plain thread), which has none with this number. Throws std::bad_alloc.
void keep_local(local_value& v);
/// Destroys the calling task's (or plain thread's) value if there is one.
void drop_local(std::uint64_t id) noexcept;

}  // namespace mn::detail
