// What the portable switch tells its unwinder.
#pragma once

namespace mn::arch {

/// Whether this thread is on its way through the C library's switch, which describes its frame wrongly from the moment
/// when it has taken the other stack pointer. For signal handlers.
bool is_switching() noexcept;

}  // namespace mn::arch
