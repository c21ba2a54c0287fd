// Moving a task to another worker's thread, for certain.
//
// A task that spawns another and yields lets that one run first (task_queue.hpp). If it spins, this worker is stuck and
// what it has queued can go on on another worker only: lingering workers and the monitor see to that. Whether it did is
// read off the thread itself; where the spinner was stolen instead, it is tried again.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <mn/mn.hpp>
#include <thread>

/// Keeps the optimiser out of a function: neither inlined, nor cloned, nor taken for one whose answer does not change.
#if defined(__clang__)
#define MN_OPAQUE [[gnu::noinline, clang::optnone]]
#else
#define MN_OPAQUE [[gnu::noinline, gnu::noipa]]
#endif

/// The OS thread that runs the caller now. (get_id() itself may be taken for constant within a function.)
MN_OPAQUE inline std::thread::id thread_now() {
  return std::this_thread::get_id();
}

/// A runtime in which it can move, and in which nobody but its workers takes over from one that is stuck.
inline constexpr mn::options two_cores_and_no_spare{.cores = 2, .spare_threads = 0};

/// Returns on another OS thread than it was called on. At least two workers, and one task at a time in here: two could
/// wait for each other's worker.
inline void move_to_another_thread() {
  const std::thread::id before = thread_now();
  while (thread_now() == before) {
    auto moved = std::make_shared<std::atomic<bool>>(false);
    mn::go([moved] {
      while (!moved->load(std::memory_order_acquire)) std::this_thread::yield();
    });
    mn::yield();
    moved->store(true, std::memory_order_release);
  }
}
