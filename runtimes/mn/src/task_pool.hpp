// Control blocks, recycled. Each worker keeps a cache; blocks travel between workers in batches, because in a flood
// one worker starts the tasks and another ends them.
//
// Invariant: a block is in use, or in one cache, or in one batch. Blocks return to the system with the pool.
#pragma once

#include <cstddef>
#include <vector>

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

 private:
  task* new_batch();

  spin_lock lock_;
  task* batches_ = nullptr;  ///< first blocks of full batches, linked by `prev`
  task* loose_ = nullptr;    ///< single blocks, linked by `next`
  std::vector<task*> slabs_;
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
