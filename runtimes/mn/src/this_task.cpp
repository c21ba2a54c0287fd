#include "mn/this_task.hpp"

#include <cstring>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "arch/pause.hpp"
#include "locals.hpp"
#include "mn/detail/spin_lock.hpp"
#include "scheduler.hpp"
#include "task_name.hpp"
#include "worker.hpp"

namespace mn {
namespace detail {
namespace {

constinit spin_lock names_lock;

// Relaxed in all: the pointer is changed under the lock, and read under it or by its task.
void replace_name(task& t, std::unique_ptr<char[]> text) noexcept {
  const unseen hidden;  // or who sets a name would come after everybody who has set one
  const char* old = nullptr;
  {
    std::lock_guard hold(names_lock);
    old = t.name.load(std::memory_order_relaxed);
    t.name.store(text.release(), std::memory_order_relaxed);
  }
  delete[] old;
}

}  // namespace

void clear_name(task& t) noexcept {
  if (t.name.load(std::memory_order_relaxed)) replace_name(t, nullptr);
}

bool copy_name(const task& t, char* into, std::size_t size) noexcept {
  const unseen hidden;
  constexpr int attempts = 10'000;
  if (size == 0 || !t.name.load(std::memory_order_relaxed)) return false;
  for (int i = 0; !names_lock.try_lock(); ++i) {
    if (i == attempts) return false;
    if (i < 100) {
      arch::pause();
    } else {
      std::this_thread::yield();
    }
  }
  std::lock_guard hold(names_lock, std::adopt_lock);
  const char* name = t.name.load(std::memory_order_relaxed);
  if (!name) return false;
  std::size_t n = 0;
  for (; n + 1 < size && name[n]; ++n) into[n] = name[n];
  into[n] = 0;
  return true;
}

}  // namespace detail

namespace this_task {

std::uint64_t id() noexcept {
  const detail::task* t = detail::current_task();
  return t ? t->id.load(std::memory_order_relaxed) : 0;
}

void set_name(std::string_view name) {
  detail::task* t = detail::current_task();
  if (!t) throw not_in_a_task("mn: this_task::set_name() was called in a thread that runs no task");
  name = name.substr(0, name.find('\0'));
  if (name.empty()) return detail::clear_name(*t);
  auto text = std::make_unique<char[]>(name.size() + 1);  // ends with a zero
  std::memcpy(text.get(), name.data(), name.size());
  detail::need_locals(*t);
  detail::replace_name(*t, std::move(text));
  const detail::unseen hidden;
  detail::worker* here = detail::current_worker();
  if (here->home.traced()) here->home.tracing.named(*here);
}

std::string_view name() noexcept {
  const detail::task* t = detail::current_task();
  const char* text = t ? t->name.load(std::memory_order_relaxed) : nullptr;
  return text ? text : "";
}

std::span<std::byte> stack() noexcept {
  const detail::task* t = detail::current_task();
  if (!t) return {};
  const std::size_t usable = t->home->stacks.usable_bytes();
  return {static_cast<std::byte*>(t->stack) - usable, usable};
}

}  // namespace this_task
}  // namespace mn
