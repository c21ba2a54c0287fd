#include "pinning.hpp"

#include <sched.h>

#include <cerrno>
#include <memory>
#include <system_error>

namespace threadmark::harness {
namespace {

/// More CPUs than any kernel is built for today; a smaller set would be refused on a machine with more.
constexpr int most_cpus = 8192;

struct free_cpu_set {
  void operator()(cpu_set_t* set) const { CPU_FREE(set); }
};
using cpu_set = std::unique_ptr<cpu_set_t, free_cpu_set>;

const std::size_t set_bytes = CPU_ALLOC_SIZE(most_cpus);

cpu_set empty_set() {
  cpu_set set(CPU_ALLOC(most_cpus));
  if (!set) throw std::bad_alloc();
  CPU_ZERO_S(set_bytes, set.get());
  return set;
}

}  // namespace

std::vector<int> allowed_cpus() {
  const cpu_set set = empty_set();
  if (::sched_getaffinity(0, set_bytes, set.get()) != 0)
    throw std::system_error(errno, std::generic_category(), "sched_getaffinity");
  std::vector<int> cpus;
  for (int cpu = 0; cpu < most_cpus; ++cpu)
    if (CPU_ISSET_S(cpu, set_bytes, set.get())) cpus.push_back(cpu);
  return cpus;
}

bool pin_to_first(unsigned cores) {
  const std::vector<int> allowed = allowed_cpus();
  if (allowed.size() < cores) return false;
  const cpu_set set = empty_set();
  for (unsigned i = 0; i < cores; ++i) CPU_SET_S(allowed[i], set_bytes, set.get());
  if (::sched_setaffinity(0, set_bytes, set.get()) != 0)
    throw std::system_error(errno, std::generic_category(), "sched_setaffinity");
  return true;
}

}  // namespace threadmark::harness
