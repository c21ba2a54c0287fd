#include "machine/cpu.hpp"

#include <sched.h>
#include <sys/utsname.h>
#include <unistd.h>
#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <utility>

#include "memory_ledger/proc_text.hpp"
#include "support/text.hpp"

namespace threadmark::conductor {
namespace {

/// The value of the first line "name : value" of /proc/cpuinfo.
std::string cpuinfo(std::string_view name) {
  const auto text = ledger::read_text("/proc/cpuinfo").value_or("");
  for (const auto& line : split(text, '\n')) {
    const auto colon = line.find(':');
    if (colon != std::string::npos && trim(std::string_view(line).substr(0, colon)) == name) {
      return std::string(trim(std::string_view(line).substr(colon + 1)));
    }
  }
  return {};
}

/// The hypervisor's name for itself, from the processor; empty where it has none.
std::string hypervisor_by_cpuid() {
#if defined(__x86_64__) || defined(__i386__)
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & (1u << 31))) return {};  // the "hypervisor present" bit
  __cpuid(0x40000000, a, b, c, d);
  char name[13] = {};
  std::memcpy(name, &b, 4);
  std::memcpy(name + 4, &c, 4);
  std::memcpy(name + 8, &d, 4);
  constexpr std::pair<std::string_view, const char*> known[] = {{"KVMKVMKVM", "kvm"},       {"Microsoft Hv", "hyper-v"},
                                                                {"VMwareVMware", "vmware"}, {"XenVMMXenVMM", "xen"},
                                                                {"TCGTCGTCGTCG", "qemu"},   {"bhyve bhyve ", "bhyve"}};
  for (const auto& [id, plain] : known) {
    if (id == name) return plain;
  }
  return "virtual machine";
#else
  return {};
#endif
}

std::string hypervisor_by_firmware() {
  auto vendor = ledger::read_text("/sys/class/dmi/id/sys_vendor").value_or("");
  if (vendor.empty()) vendor = ledger::read_text("/sys/firmware/devicetree/base/hypervisor/compatible").value_or("");
  for (const char* sign : {"QEMU", "Amazon EC2", "Google", "VMware", "Xen", "Microsoft", "kvm", "Parallels"}) {
    if (vendor.find(sign) != std::string::npos) return std::string(sign);
  }
  return {};
}

}  // namespace

std::vector<unsigned> allowed_cpus() {
  // The set must be as large as the kernel's own, which may be above the 1024 CPUs of a plain cpu_set_t.
  for (unsigned room = CPU_SETSIZE; room <= (1u << 20); room *= 2) {
    cpu_set_t* set = CPU_ALLOC(room);
    const auto bytes = CPU_ALLOC_SIZE(room);
    std::vector<unsigned> result;
    if (::sched_getaffinity(0, bytes, set) == 0) {
      for (unsigned cpu = 0; cpu < room; ++cpu) {
        if (CPU_ISSET_S(cpu, bytes, set)) result.push_back(cpu);
      }
    }
    CPU_FREE(set);
    if (!result.empty()) return result;
  }
  return {0};
}

unsigned online_cpus() {
  return static_cast<unsigned>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN)));
}

std::string cpu_name() {
  for (const char* name : {"model name", "Model", "cpu model", "Processor"}) {
    if (auto value = cpuinfo(name); !value.empty()) return value;
  }
  const auto implementer = cpuinfo("CPU implementer"), part = cpuinfo("CPU part");
  if (!implementer.empty()) return "implementer " + implementer + " part " + part;
  return "unknown";
}

std::string architecture() {
  utsname names{};
  return ::uname(&names) == 0 ? names.machine : "unknown";
}

std::uint64_t memory_bytes() {
  const auto meminfo = ledger::read_text("/proc/meminfo").value_or("");
  return static_cast<std::uint64_t>(ledger::field(meminfo, "MemTotal").value_or(0));
}

std::optional<std::string> virtualization() {
  auto result = hypervisor_by_cpuid();
  if (result.empty()) result = hypervisor_by_firmware();
  std::error_code ignored;
  if (std::filesystem::exists("/.dockerenv", ignored) || std::filesystem::exists("/run/.containerenv", ignored) ||
      std::filesystem::exists("/run/systemd/container", ignored)) {
    result += result.empty() ? "container" : ", container";
  }
  if (result.empty()) return std::nullopt;
  return result;
}

}  // namespace threadmark::conductor
