// Which CPUs this process may run on. What is allowed on entry is the machine; the first K of them are the trial's.
#pragma once

#include <vector>

namespace threadmark::harness {

/// The CPUs the calling thread may run on, in rising order.
std::vector<int> allowed_cpus();

/// Restricts the calling thread, and so every thread started afterwards, to the first `cores` CPUs it is allowed to
/// use. Returns false, and changes nothing, where it is allowed fewer. Throws std::system_error where the system
/// refuses.
[[nodiscard]] bool pin_to_first(unsigned cores);

}  // namespace threadmark::harness
