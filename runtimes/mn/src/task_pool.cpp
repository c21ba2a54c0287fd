#include "task_pool.hpp"

#include <mutex>
#include <utility>

namespace mn::detail {

task_pool::~task_pool() {
  for (slab* s = slabs_.load(std::memory_order_relaxed); s;) delete std::exchange(s, s->older);
}

task* task_pool::new_batch() {
  slab* s = new slab;
  for (std::size_t i = 0; i + 1 < batch; ++i) s->blocks[i].next = &s->blocks[i + 1];
  std::lock_guard hold(lock_);
  s->older = slabs_.load(std::memory_order_relaxed);
  slabs_.store(s, std::memory_order_release);
  return s->blocks.data();
}

task* task_pool::take_batch() {
  {
    std::lock_guard hold(lock_);
    if (batches_) {
      task* first = batches_;
      batches_ = first->prev;
      return first;
    }
  }
  return new_batch();
}

void task_pool::give_batch(task* first) noexcept {
  std::lock_guard hold(lock_);
  first->prev = batches_;
  batches_ = first;
}

task* task_pool::take_one() {
  {
    std::lock_guard hold(lock_);
    if (loose_) {
      task* t = loose_;
      loose_ = t->next;
      return t;
    }
  }
  task* first = take_batch();
  std::lock_guard hold(lock_);
  task* last = first;
  while (last->next) last = last->next;
  last->next = loose_;
  loose_ = first->next;
  return first;
}

void task_pool::give_one(task* t) noexcept {
  std::lock_guard hold(lock_);
  t->next = loose_;
  loose_ = t;
}

void task_cache::give_back() noexcept {
  // Keep the warmest batch, give the older one.
  task* last_kept = first_;
  for (std::size_t i = 1; i < task_pool::batch; ++i) last_kept = last_kept->next;
  pool_.give_batch(last_kept->next);
  last_kept->next = nullptr;
  count_ = task_pool::batch;
}

}  // namespace mn::detail
