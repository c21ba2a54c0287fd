// The table that leads a debugger to the tasks: debug_layout.cpp.
#pragma once

#include <cstdint>

namespace mn::detail {

struct debug_entry {
  const char* name;
  const void* address;
  std::uint64_t value;
};

}  // namespace mn::detail

extern "C" const mn::detail::debug_entry mn_debug_layout[];
