// Control blocks, recycled. Each worker keeps a cache; blocks travel between workers in batches, because in a flood
// one worker starts the tasks and another ends them.
//
// Invariant: a block is in use, or in one cache, or in one batch. Blocks return to the system with the pool.
//
// Looking at a task: any thread may walk over all blocks while the pool lives (each()), since no block is ever unmapped
// and the list of slabs only grows. What it reads are atomics. `id` tells whose they are: it is 0 from the end of one
// task until everything that is written once for the next one (place, state) has been written, with release. A reader
// that loads with acquire and finds the same id, not 0, before and after has seen one task. What a task waits for is
// stored relaxed and changes while it lives: where CPUs order stores weakly, its reason, object and time may be of
// different moments, unless the task has stood still (halt.hpp).
#pragma once

#include <array>
#include <atomic>
#include <cstddef>

#include "mn/detail/spin_lock.hpp"
#include "mn/detail/task.hpp"

namespace mn::detail {

class task_pool {
 public:
  static constexpr std::size_t batch = 64;

  task_pool() = default;
  ~task_pool();
  task_pool(const task_pool&) = delete;
  task_pool& operator=(const task_pool&) = delete;

  /// A chain of `batch` blocks. Throws std::bad_alloc.
  task* take_batch();
  void give_batch(task* first) noexcept;

  /// One block, for callers that have no cache.
  task* take_one();
  void give_one(task* t) noexcept;

  /// Calls f(task&) for each block there is, in use or not, from any thread.
  template <class F>
  void each(F f) const {
    // Acquire: pairs with the release in new_batch(), so that a block is seen constructed.
    for (slab* s = slabs_.load(std::memory_order_acquire); s; s = s->older) {
      for (task& t : s->blocks) f(t);
    }
  }

 private:
  friend struct debug_layout;

  struct slab {
    std::array<task, batch> blocks;
    slab* older = nullptr;
  };

  task* new_batch();

  spin_lock lock_;
  task* batches_ = nullptr;  ///< first blocks of full batches, linked by `prev`
  task* loose_ = nullptr;    ///< single blocks, linked by `next`
  std::atomic<slab*> slabs_{nullptr};
};

/// A worker's own blocks; only its worker touches it.
class task_cache {
 public:
  explicit task_cache(task_pool& pool) : pool_(pool) {}

  task* take() {
    if (!first_) {
      first_ = pool_.take_batch();
      count_ = task_pool::batch;
    }
    task* t = first_;
    first_ = t->next;
    --count_;
    return t;
  }

  void give(task* t) noexcept {
    t->next = first_;
    first_ = t;
    if (++count_ == 2 * task_pool::batch) give_back();
  }

 private:
  void give_back() noexcept;

  task_pool& pool_;
  task* first_ = nullptr;
  std::size_t count_ = 0;
};

}  // namespace mn::detail
