// All records of a trace in the order of their moments, each thread's in its own order.
//
// Of one moment, where the clock is coarse: a task leaves one worker before it is woken, and is woken before it runs.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <tuple>
#include <vector>

#include "trace/session.hpp"

namespace mn::detail {

/// Calls f(lane, record, moment) for each. No moment is before the trace's beginning: a thread that was slow to see an
/// earlier trace end may have left a record from before this one began.
template <class F>
void merge(const trace_snapshot& all, F&& f) {
  struct head {
    std::int64_t when_ns;
    int after;  ///< others of the same moment
    std::size_t lane;
    std::size_t next;
    bool operator>(const head& h) const noexcept {
      return std::tie(when_ns, after, lane) > std::tie(h.when_ns, h.after, h.lane);
    }
  };
  const auto head_of = [&all](std::size_t lane, std::size_t next) {
    const trace_record& r = all.lanes[lane].records[next];
    return head{std::max(r.when_ns, all.began_ns),
                r.kind == trace_kind::left   ? 0
                : r.kind == trace_kind::runs ? 2
                                             : 1,
                lane, next};
  };
  std::vector<head> heads;  // a heap; the earliest is on top
  for (std::size_t lane = 0; lane < all.lanes.size(); ++lane) {
    if (!all.lanes[lane].records.empty()) heads.push_back(head_of(lane, 0));
  }
  std::make_heap(heads.begin(), heads.end(), std::greater{});
  while (!heads.empty()) {
    std::pop_heap(heads.begin(), heads.end(), std::greater{});
    const head h = heads.back();
    heads.pop_back();
    const auto& records = all.lanes[h.lane].records;
    f(h.lane, records[h.next], h.when_ns);
    if (h.next + 1 == records.size()) continue;
    heads.push_back(head_of(h.lane, h.next + 1));
    std::push_heap(heads.begin(), heads.end(), std::greater{});
  }
}

}  // namespace mn::detail
