// The kinds of work that the victim does, each with invariants of its own. They run in a task, start others, and return
// when these have ended. A named error ends a part of the work; what is left must still be right.
#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <string_view>

namespace threadmark::faults {

/// A source of decisions, one for each task that needs some.
class dice {
 public:
  explicit dice(std::uint64_t seed) : random_(seed) {}
  std::uint64_t operator()() { return random_(); }
  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

 private:
  std::minstd_rand random_;
};

struct kind_of_work {
  std::string_view name;
  void (*body)(dice);
};

void flood(dice random);       ///< tasks that start tasks, with go() and with spawn()
void channels(dice random);    ///< every value that was sent is received once, whichever way
void sleeps(dice random);      ///< nothing goes off early, nothing that was stopped goes off
void locks(dice random);       ///< mutex, rw_mutex, semaphore, condition, once
void contexts(dice random);    ///< everybody who waits for a context learns of its end
void deep_calls(dice random);  ///< stacks that grow, are trimmed, and keep what is on them
/// Threads that are kept, in blocking() and without, by tasks of which some wait for others. Needs spare threads.
void kept_threads(dice random);

inline constexpr std::array<kind_of_work, 7> kinds_of_work = {{{"flood", flood},
                                                               {"channels", channels},
                                                               {"sleeps", sleeps},
                                                               {"locks", locks},
                                                               {"contexts", contexts},
                                                               {"deep_calls", deep_calls},
                                                               {"kept_threads", kept_threads}}};

/// How many of them may run at once: each may need up to `threads_kept` spare threads.
inline constexpr unsigned most_at_once = 3;
inline constexpr unsigned threads_kept = 3;

}  // namespace threadmark::faults
