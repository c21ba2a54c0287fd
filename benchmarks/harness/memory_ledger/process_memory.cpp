#include "process_memory.hpp"

#include <string_view>

#include "proc_text.hpp"

namespace threadmark::ledger {
namespace {

/// Sums fields of a text; nothing where the first, the one that must be there, is missing.
std::optional<std::int64_t> sum(std::string_view text, std::string_view must, std::string_view may,
                                std::string_view may2) {
  auto total = field(text, must);
  if (!total) return std::nullopt;
  for (const auto name : {may, may2}) {
    if (!name.empty()) *total += field(text, name).value_or(0);
  }
  return total;
}

bool read_resident(const std::filesystem::path& folder, std::string_view status, snapshot& into) {
  // smaps_rollup walks the page tables, so it is exact; status adds up counters that lag by some pages a thread.
  if (const auto rollup = read_text(folder / "smaps_rollup")) {
    if (const auto bytes = sum(*rollup, "Anonymous", "Pss_Shmem", "Swap")) {
      into.bytes.resident = *bytes;
      into.from.resident = "/proc/PID/smaps_rollup: Anonymous + Pss_Shmem + Swap";
      return true;
    }
  }
  if (const auto bytes = sum(status, "RssAnon", "RssShmem", "VmSwap")) {
    into.bytes.resident = *bytes;
    into.from.resident = "/proc/PID/status: RssAnon + RssShmem + VmSwap";
    return true;
  }
  return false;
}

bool read_kernel(const places& where, snapshot& into) {
  if (!where.own_cgroup.empty()) {
    if (const auto stat = read_text(where.own_cgroup / "memory.stat")) {
      const auto stacks = field(*stat, "kernel_stack"), slab = field(*stat, "slab");
      if (stacks && slab) {
        into.bytes.kernel_stack = *stacks;
        into.bytes.kernel_slab = *slab;
        into.from.kernel_stack = "cgroup memory.stat: kernel_stack";
        into.from.kernel_slab = "cgroup memory.stat: slab";
        return true;
      }
    }
  }
  // The counters in meminfo are kept per CPU and folded in now and then; a look at stat_refresh (root only) folds them
  // in at once. Without it they may lag by some hundred KB.
  (void)read_text(where.proc / "sys/vm/stat_refresh");
  const auto meminfo = read_text(where.proc / "meminfo");
  if (!meminfo) return false;
  const auto stacks = field(*meminfo, "KernelStack"), slab = sum(*meminfo, "SUnreclaim", "SReclaimable", {});
  if (!stacks || !slab) return false;
  into.bytes.kernel_stack = *stacks;
  into.bytes.kernel_slab = *slab;
  into.from.kernel_stack = "/proc/meminfo: KernelStack, machine-wide";
  into.from.kernel_slab = "/proc/meminfo: SUnreclaim + SReclaimable, machine-wide";
  return true;
}

/// A number that stands alone in a file; nothing where there is none.
std::optional<std::int64_t> read_number(const std::filesystem::path& file) {
  const auto text = read_text(file);
  return text ? field("it: " + *text, "it") : std::nullopt;
}

void read_whole(const std::filesystem::path& cgroup, snapshot& into) {
  for (const char* name : {"memory.current", "memory.usage_in_bytes"}) {
    into.bytes.whole = read_number(cgroup / name);
    if (!into.bytes.whole) continue;
    into.from.whole = std::string("cgroup ") + name;
    return;
  }
}

}  // namespace

std::optional<snapshot> read_memory(pid_t process, const places& where, std::string& error) {
  snapshot result;
  const auto folder = where.proc / std::to_string(process);
  // The kernel's part first: reading the files of a process with many mappings itself allocates kernel memory.
  if (!read_kernel(where, result)) {
    error = "cannot read KernelStack and SUnreclaim in " + (where.proc / "meminfo").string();
    return std::nullopt;
  }
  if (!where.own_cgroup.empty()) read_whole(where.own_cgroup, result);
  const auto status = read_text(folder / "status");
  const auto page_tables = status ? field(*status, "VmPTE") : std::nullopt;
  const auto reserved = status ? field(*status, "VmSize") : std::nullopt;
  if (!status || !page_tables || !reserved || !read_resident(folder, *status, result)) {
    error = "cannot read the memory of process " + std::to_string(process);
    return std::nullopt;
  }
  result.os_threads = field(*status, "Threads").value_or(0);
  result.bytes.page_tables = *page_tables;
  result.from.page_tables = "/proc/PID/status: VmPTE";
  result.bytes.reserved = *reserved;
  result.from.reserved = "/proc/PID/status: VmSize";
  return result;
}

}  // namespace threadmark::ledger
