// Where a debugger finds the tasks: mn_debug_layout, a table of names and numbers that gdb/mn.py reads from the
// program. With it the debugger needs the symbol table alone, no debug information, and a script of one version can
// read a program of another: it says which name it misses.
//
// Everything it leads to may be read at any moment at which all threads stand: atomics, and lists that only grow. A
// task's registers are saved (context::sp) unless it runs.
#include "debug_layout.hpp"

#include <cstddef>
#include <iterator>
#include <memory>

#include "arch/unwind.hpp"
#include "registry.hpp"
#include "scheduler.hpp"
#include "wait_text.hpp"
#include "worker.hpp"

// offsetof of classes with private members is not promised by the standard; the compilers in use give it.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Winvalid-offsetof"

namespace mn::detail {
namespace {

constexpr const char* state_names[] = {"recycled", "not started", "ready", "running", "parked", "ended"};
static_assert(std::size(state_names) == static_cast<std::size_t>(task_state::ended) + 1);

constexpr const char* reason_names[] = {
    to_text(wait_reason{0}),  to_text(wait_reason{1}),  to_text(wait_reason{2}),  to_text(wait_reason{3}),
    to_text(wait_reason{4}),  to_text(wait_reason{5}),  to_text(wait_reason{6}),  to_text(wait_reason{7}),
    to_text(wait_reason{8}),  to_text(wait_reason{9}),  to_text(wait_reason{10}), to_text(wait_reason{11}),
    to_text(wait_reason{12}), to_text(wait_reason{13}), to_text(wait_reason{14}), to_text(wait_reason{15}),
    to_text(wait_reason{16}), to_text(wait_reason{17}),
};
static_assert(std::size(reason_names) == static_cast<std::size_t>(wait_reason::runtime) + 1);

// The script takes what owns a worker for a pointer to it.
static_assert(sizeof(std::unique_ptr<worker>) == sizeof(void*) && sizeof(std::unique_ptr<worker[]>) == sizeof(void*));

}  // namespace

// In one place, as a friend of the classes whose private members it tells of.
struct debug_layout {
  static constexpr std::size_t first_runtime = offsetof(registry, first_);
  static constexpr std::size_t slabs = offsetof(scheduler, blocks) + offsetof(task_pool, slabs_);
  static constexpr std::size_t slab_blocks = offsetof(task_pool::slab, blocks);
  static constexpr std::size_t slab_older = offsetof(task_pool::slab, older);
  static constexpr std::size_t worker_index = offsetof(worker, index_);
  static constexpr std::size_t workers = offsetof(scheduler, workers) + offsetof(worker_list, places_);
  static constexpr std::size_t worker_count = offsetof(scheduler, workers) + offsetof(worker_list, count_);
};

extern "C" {
#if defined(__has_attribute)
#if __has_attribute(retain)
[[gnu::retain]]
#endif
#endif
[[gnu::used]] extern const debug_entry mn_debug_layout[] = {
    {"registry", &the_registry, 0},
    {"registry.first", nullptr, debug_layout::first_runtime},
    {"runtime.next", nullptr, offsetof(scheduler, next_runtime)},
    {"runtime.number", nullptr, offsetof(scheduler, number)},
    {"runtime.slabs", nullptr, debug_layout::slabs},
    {"runtime.workers", nullptr, debug_layout::workers},
    {"runtime.worker_count", nullptr, debug_layout::worker_count},
    {"runtime.coarse_ms", nullptr, offsetof(scheduler, coarse_ms)},
    {"worker.index", nullptr, debug_layout::worker_index},
    {"worker.thread_id", nullptr, offsetof(worker, thread_id)},
    {"worker.current", nullptr, offsetof(worker, current)},
    {"slab.blocks", nullptr, debug_layout::slab_blocks},
    {"slab.older", nullptr, debug_layout::slab_older},
    {"slab.count", nullptr, task_pool::batch},
    {"task.bytes", nullptr, sizeof(task)},
    {"task.sp", nullptr, offsetof(task, ctx) + offsetof(context, sp)},
    {"task.stack", nullptr, offsetof(task, stack)},
    {"task.file", nullptr, offsetof(task, file)},
    {"task.line", nullptr, offsetof(task, line)},
    {"task.id", nullptr, offsetof(task, id)},
    {"task.name", nullptr, offsetof(task, name)},
    {"task.waits_on", nullptr, offsetof(task, waits_on)},
    {"task.since_ms", nullptr, offsetof(task, since_ms)},
    {"task.waits_for", nullptr, offsetof(task, waits_for)},
    {"task.state", nullptr, offsetof(task, state)},
    {"states", &state_names, std::size(state_names)},
    {"reasons", &reason_names, std::size(reason_names)},
    {"switch", arch::switch_name, 0},
    {nullptr, nullptr, 0},
};
}

}  // namespace mn::detail

#pragma GCC diagnostic pop
