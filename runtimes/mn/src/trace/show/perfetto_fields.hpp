// The numbers of fields and values in Perfetto's format: protos/perfetto/trace/ of its sources, of which these are
// stable and public.
#pragma once

#include <cstdint>

namespace mn::detail {

namespace trace_file {
constexpr std::uint32_t packet = 1;
}
namespace trace_packet {
constexpr std::uint32_t clock_snapshot = 6, timestamp = 8, sequence = 10, event = 11, interned = 12, flags = 13,
                        defaults = 59, descriptor = 60, first_of_sequence = 87;
constexpr std::uint64_t state_cleared = 1, needs_state = 2;
}  // namespace trace_packet
namespace packet_defaults {
constexpr std::uint32_t clock = 58;
}
namespace clock_snapshot {
constexpr std::uint32_t clocks = 1, primary = 2, id = 1, value = 2;
constexpr std::uint64_t wall = 1, monotonic = 3, since_boot = 6;
}  // namespace clock_snapshot
namespace track_descriptor {
constexpr std::uint32_t uuid = 1, name = 2, process = 3, thread = 4, parent = 5, counter = 8, ordering = 11, rank = 12;
constexpr std::uint64_t by_rank = 3;
}  // namespace track_descriptor
namespace process_descriptor {
constexpr std::uint32_t pid = 1, name = 6;
}
namespace thread_descriptor {
constexpr std::uint32_t pid = 1, tid = 2, name = 5;
}
namespace counter_descriptor {
constexpr std::uint32_t unit = 3;
constexpr std::uint64_t count = 2;
}  // namespace counter_descriptor
namespace track_event {
constexpr std::uint32_t category_number = 3, argument = 4, type = 9, name_number = 10, track = 11, value = 30,
                        flow = 47, flow_end = 48;
constexpr std::uint64_t slice_begin = 1, slice_end = 2, instant = 3, counter = 4;
}  // namespace track_event
namespace debug_annotation {
constexpr std::uint32_t name_number = 1, unsigned_number = 3, pointer = 7, text_number = 17;
}
namespace interned_data {
constexpr std::uint32_t categories = 1, names = 2, argument_names = 3, texts = 29, number = 1, text = 2;
}

}  // namespace mn::detail
