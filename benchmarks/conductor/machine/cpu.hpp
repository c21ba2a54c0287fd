// Facts about the processors, as this process sees them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace threadmark::conductor {

/// The CPUs this process may run on, in rising order; never empty.
std::vector<unsigned> allowed_cpus();
unsigned online_cpus();
std::string cpu_name();
std::string architecture();
std::uint64_t memory_bytes();
/// "kvm", "vmware", … and "container" where there are signs of one; nothing on what looks like bare metal.
std::optional<std::string> virtualization();

}  // namespace threadmark::conductor
