#include "locals.hpp"

#include <atomic>
#include <utility>

#include "os/os.hpp"
#include "task_name.hpp"
#include "worker.hpp"

namespace mn::detail {

task* current_task() noexcept {
  const unseen hidden;
  const worker* here = current_worker();
  return here ? static_cast<task*>(here->current) : nullptr;
}

local_value* task_locals::find(std::uint64_t id) const noexcept {
  for (std::size_t at = id & mask_; table_[at]; at = (at + 1) & mask_) {
    if (table_[at]->id == id) return table_[at];
  }
  return nullptr;
}

void task_locals::enter(local_value& v) noexcept {
  std::size_t at = v.id & mask_;
  while (table_[at]) at = (at + 1) & mask_;
  table_[at] = &v;
}

void task_locals::keep(local_value& v) {
  if (const std::size_t size = mask_ + 1; 2 * (count_ + 1) > size) {
    large_table_ = std::make_unique<local_value*[]>(2 * size);
    table_ = large_table_.get();
    mask_ = 2 * size - 1;
    for (local_value* old = newest_; old; old = old->older) enter(*old);
  }
  enter(v);
  ++count_;
  v.older = newest_;
  if (newest_) newest_->newer = &v;
  newest_ = &v;
}

void task_locals::unlink(local_value& v) noexcept {
  (v.newer ? v.newer->older : newest_) = v.older;
  if (v.older) v.older->newer = v.newer;
  --count_;
  // The table: takes v out, and enters anew what follows, which may have been put there because its place was taken.
  std::size_t at = v.id & mask_;
  while (table_[at] != &v) at = (at + 1) & mask_;
  table_[at] = nullptr;
  for (at = (at + 1) & mask_; table_[at]; at = (at + 1) & mask_) enter(*std::exchange(table_[at], nullptr));
}

local_value* task_locals::take(std::uint64_t id) noexcept {
  const unseen hidden;
  local_value* v = find(id);
  if (v) unlink(*v);
  return v;
}

local_value* task_locals::take_newest() noexcept {
  const unseen hidden;
  local_value* v = newest_;
  if (v) unlink(*v);
  return v;
}

void task_locals::destroy_all() noexcept {
  constexpr std::size_t made_by_destructors_at_most = 1'000'000;
  std::size_t left = count_ + made_by_destructors_at_most;
  while (local_value* v = take_newest()) {
    if (left-- == 0) os::fail("mn: destructors of fiber_local values make each other's values anew without end");
    v->destroy(v);
  }
}

namespace {

// A plain thread's. The pointer has no destructor, so it can be read until the thread is gone; what is used after
// `at_thread_end` has run (by destructors of other thread_locals, or of statics) is kept for the process's life.
thread_local constinit task_locals* of_this_thread = nullptr;
struct at_thread_end {
  ~at_thread_end() {
    if (!of_this_thread) return;    // there was no memory for it
    of_this_thread->destroy_all();  // while the others can still be found: destructors may use them
    delete std::exchange(of_this_thread, nullptr);
  }
};

[[gnu::noinline]] task_locals* thread_place() noexcept {  // not inlined: see this_worker.hpp
  return of_this_thread;
}

[[gnu::noinline]] task_locals& make_for_thread() {
  thread_local at_thread_end registered;
  (void)&registered;
  return *(of_this_thread = new task_locals);
}

// What belongs to a task is kept in its block, which was another task's before: hence `unseen` in all of these.
task_locals* present() noexcept {
  const unseen hidden;
  task* t = current_task();
  return t ? static_cast<task_locals*>(t->locals) : thread_place();
}

}  // namespace

std::uint64_t new_local_id() noexcept {
  static constinit std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;  // only unique
}

local_value* find_local(std::uint64_t id) noexcept {
  const unseen hidden;
  const task_locals* l = present();
  return l ? l->find(id) : nullptr;
}

void keep_local(local_value& v) {
  const unseen hidden;
  if (task* t = current_task()) {
    need_locals(*t);
    static_cast<task_locals*>(t->locals)->keep(v);
  } else {
    task_locals* l = thread_place();
    (l ? *l : make_for_thread()).keep(v);
  }
}

void need_locals(task& t) {
  const unseen hidden;
  if (!t.locals) t.locals = new task_locals;
}

void drop_local(std::uint64_t id) noexcept {
  task_locals* l = present();
  if (local_value* v = l ? l->take(id) : nullptr) v->destroy(v);
}

void destroy_locals(task& t) noexcept {
  auto* l = present();
  l->destroy_all();  // while the others can still be found: destructors may use them
  clear_name(t);     // after them, so that reports can name a task whose destructors wait
  const unseen hidden;
  t.locals = nullptr;
  delete l;
}

}  // namespace mn::detail
