// How far can a number be raised before something fails? Doubles it until it does, then halves the gap. Pure.
//
// What is assumed: whatever works with n works with less. Where a limit moves (others use the machine too) the answer
// is one of the places where it was.
#pragma once

#include <algorithm>
#include <cstdint>

namespace threadmark::conductor {

class limit_search {
 public:
  /// Tries `first`, and no more than `most`, which is at least `first`.
  limit_search(std::int64_t first, std::int64_t most) : next_(first), most_(most) {}

  /// What to try next; 0: the gap between what worked and what failed is at most a thirty-second of it, or `most`
  /// worked.
  [[nodiscard]] std::int64_t next() const { return next_; }

  /// What came of next().
  void tell(bool worked) {
    (worked ? works_ : fails_) = next_;
    if (fails_ == 0) {
      next_ = works_ == most_ ? 0 : std::min(2 * works_, most_);
    } else {
      next_ = fails_ - works_ <= std::max<std::int64_t>(1, fails_ / 32) ? 0 : works_ + (fails_ - works_) / 2;
    }
  }

  /// The most that worked; 0: nothing did.
  [[nodiscard]] std::int64_t works() const { return works_; }
  /// The least that failed; 0: nothing did.
  [[nodiscard]] std::int64_t fails() const { return fails_; }

 private:
  std::int64_t next_;
  std::int64_t most_;
  std::int64_t works_ = 0;
  std::int64_t fails_ = 0;
};

}  // namespace threadmark::conductor
