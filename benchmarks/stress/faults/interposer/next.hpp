// The function of the same name that would have been called without the interposer.
#pragma once

#include <dlfcn.h>

#include <atomic>

#include "stress/faults/interposer/line.hpp"

namespace threadmark::faults {

/// Looked up when it is first needed: libraries call some of these before any constructor of ours runs.
inline void* next_symbol(std::atomic<void*>& kept, const char* name) noexcept {
  void* found = kept.load(std::memory_order_relaxed);
  if (found) return found;
  found = dlsym(RTLD_NEXT, name);
  if (!found) {
    line l;
    l << "threadmark_faults: there is no '" << name << "' to call";
    l.write_error();
    _exit(2);
  }
  kept.store(found, std::memory_order_relaxed);
  return found;
}

}  // namespace threadmark::faults

/// NAME is a function of the C library, declared by its header.
#define THREADMARK_NEXT(NAME) THREADMARK_NEXT_AS(decltype(&::NAME), #NAME)
#define THREADMARK_NEXT_AS(TYPE, NAME)                    \
  reinterpret_cast<TYPE>([]() noexcept {                  \
    static constinit std::atomic<void*> kept{nullptr};    \
    return ::threadmark::faults::next_symbol(kept, NAME); \
  }())
