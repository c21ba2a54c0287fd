// SIGQUIT (Ctrl-\, kill -QUIT) prints every task.
//
// The handler only notes the wish and wakes the monitors; the first of them to see it writes the dump (serve).
// The handler is installed while a runtime lives that wants it, and only where the program has none of its own. A
// second SIGQUIT before the dump is written means what it would mean without mn, so a program that hangs can still be
// ended.
#pragma once

namespace mn::detail::sigquit {

// Under the registry's lock: one runtime more, or one fewer, wants it.
void begin() noexcept;
void end() noexcept;
/// In a forked child, which has no runtime.
void forget() noexcept;

/// Writes the dump if one is asked for. By monitors.
void serve() noexcept;

}  // namespace mn::detail::sigquit
