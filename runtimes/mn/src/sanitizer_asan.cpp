// AddressSanitizer's half of sanitizer.hpp. Empty without it.
#if defined(MN_ASAN)

#include <pthread.h>
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>

#include "sanitizer.hpp"

namespace mn::detail {

void sanitizer_adopt_thread(context& c) {
  pthread_attr_t attributes;
  void* bottom = nullptr;
  pthread_getattr_np(pthread_self(), &attributes);
  pthread_attr_getstack(&attributes, &bottom, &c.stack_bytes);
  pthread_attr_destroy(&attributes);
  c.stack_bottom = bottom;
}
void sanitizer_leave_thread(const scheduler&) {}

void sanitizer_bind(task& t, void* top, std::size_t bytes) {
  context& c = t.ctx;
  c.stack_bottom = static_cast<std::byte*>(top) - bytes;
  c.stack_bytes = bytes;
  c.fiber = nullptr;
  __asan_unpoison_memory_region(c.stack_bottom, bytes);  // what an earlier task left
}

void sanitizer_before_switch(context& from, context& to, bool dying) {
  __sanitizer_start_switch_fiber(dying ? nullptr : &from.fiber, to.stack_bottom, to.stack_bytes);
}

void sanitizer_after_switch(context& now) {
  __sanitizer_finish_switch_fiber(now.fiber, nullptr, nullptr);
}

void sanitizer_release(context&) {}

void sanitizer_forget(void* at, std::size_t bytes) {
  __asan_unpoison_memory_region(at, bytes);
}

}  // namespace mn::detail

#endif
