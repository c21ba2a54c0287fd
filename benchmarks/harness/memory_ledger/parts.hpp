// The parts of a process's memory that the ledger tells apart, in bytes, and where each number came from.
//
//   resident      what the tasks' stacks and heap hold: anonymous pages, shared-memory pages, and what of them was
//                 swapped out. Pages of program text and of files are left out: they do not grow with tasks.
//                 Error: whole pages; with transparent huge pages a page may be 2 MB; memory that was freed lazily
//                 (MADV_FREE) counts until the kernel takes it back.
//   page_tables   all levels of the process's page tables. Error: whole pages of 4 KB.
//   kernel_stack  the stacks that the kernel keeps, one for every kernel thread of the process.
//   kernel_slab   the kernel's small objects: task structures, memory maps, file objects, futex queues.
//                 Error of both kernel parts: exact from a cgroup of the child's own; from /proc/meminfo they are
//                 machine-wide, so whatever other processes start or end between the snapshots is in them. A few
//                 hundred KB of such noise is common: at 1,000 tasks some hundred bytes a task, at 100,000 a few.
//                 Slab from /proc/meminfo counts whole pages of a cache: objects left free by an earlier process are
//                 used first and not seen. Slab from a cgroup counts the objects themselves. Each may be negative.
//   reserved      address space (VmSize), touched or not. It costs nothing by itself and is never in the total.
//   whole         what the process's own cgroup is charged with, where it has one: the same memory counted by another
//                 part of the kernel and as one number, so it can be held against the sum of the parts. It has pages of
//                 files as well, which the parts leave out. Not a part, and never in the total.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace threadmark::ledger {

struct parts {
  std::int64_t resident = 0;
  std::int64_t page_tables = 0;
  std::int64_t kernel_stack = 0;
  std::int64_t kernel_slab = 0;
  std::int64_t reserved = 0;

  std::optional<std::int64_t> whole;

  /// All in: everything that really takes memory. `reserved` is not part of it.
  std::int64_t all_in() const { return resident + page_tables + kernel_stack + kernel_slab; }
};

/// What reading was used for each part, as it stands in a trial's record.
struct sources {
  std::string resident, page_tables, kernel_stack, kernel_slab, reserved;
  std::string whole;  ///< empty where there is none
  bool operator==(const sources&) const = default;
};

/// Calls f(name, pointer to member of parts, pointer to member of sources) for every part.
template <class F>
constexpr void for_each_part(F f) {
  f("resident", &parts::resident, &sources::resident);
  f("page_tables", &parts::page_tables, &sources::page_tables);
  f("kernel_stack", &parts::kernel_stack, &sources::kernel_stack);
  f("kernel_slab", &parts::kernel_slab, &sources::kernel_slab);
  f("reserved", &parts::reserved, &sources::reserved);
}

/// Whether the ledger, not the contender, gives this metric of the catalogue: `bytes_per_task` or
/// `bytes_per_connection` and its parts at the workload's own moment, `MOMENT_bytes_per_task`, and `os_threads`.
constexpr bool is_ledger_metric(std::string_view metric) {
  if (metric == "os_threads") return true;
  for (const std::string_view all : {std::string_view("bytes_per_task"), std::string_view("bytes_per_connection")})
    if (metric.starts_with(all)) return metric.size() == all.size() || metric[all.size()] == '.';
  return metric.ends_with("_bytes_per_task");
}

}  // namespace threadmark::ledger
