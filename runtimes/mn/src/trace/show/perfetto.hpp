// Writes Perfetto's native trace format: a row of TracePackets with track descriptors and track events.
//
// Why not the older JSON of Chrome: there a track is a thread of a process, so tasks and counters need made-up thread
// numbers; names and arguments are spelled out in every event, which makes a file two to three times as large; and JSON
// is one value, so a file that was cut off, or two files in a row, cannot be read.
//
// Invariants
//   * One packet sequence: names are numbered when they first occur, by the packet that uses them (interning).
//   * Events are written in the order of their moments; a track is described before its first event.
//   * Numbers of tracks, of sequences and of arrows are hashes of what they stand for, so that joined files do not mix;
//     those of a process and of a thread are the same in all files.
#pragma once

#include <cstdint>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>

#include "trace/show/protobuf.hpp"

namespace mn::detail {

/// A track's number in the file; never 0.
using track_id = std::uint64_t;

/// What tells apart the tracks that are neither a process's nor a thread's.
namespace track_key {
constexpr std::uint64_t queues = 1, tasks = 2, first_worker = 1 << 14, first_task = 1 << 16;
}

class perfetto_writer {
 public:
  struct address {
    std::uint64_t value;
  };
  struct argument {
    std::string_view name;
    std::variant<std::uint64_t, address, std::string_view> value;
  };
  using arguments = std::span<const argument>;
  /// An arrow between two events; 0: none.
  using flow_id = std::uint64_t;

  /// Begins a file. `instance` tells apart what one process writes.
  perfetto_writer(std::FILE* to, std::int32_t process, unsigned instance);

  // Tracks.

  track_id process(std::string_view name);
  track_id thread(track_id process, std::int32_t thread, std::string_view name);
  /// Below `parent`, whose tracks stand in the order of their ranks.
  track_id track(track_id parent, std::uint64_t key, std::string_view name, std::int32_t rank);
  track_id counter(track_id parent, std::uint64_t key, std::string_view name, std::int32_t rank);

  // Events.

  void begin(track_id on, std::int64_t when_ns, std::string_view category, std::string_view name, arguments args = {},
             flow_id ends = 0);
  void end(track_id on, std::int64_t when_ns, arguments args = {});
  void instant(track_id on, std::int64_t when_ns, std::string_view category, std::string_view name, arguments args = {},
               flow_id starts = 0);
  void count(track_id on, std::int64_t when_ns, std::int64_t value);
  [[nodiscard]] flow_id new_flow() noexcept { return next_flow_++; }

  /// Hands everything to the file. Returns 0 if all of it was taken since the beginning, else the first errno.
  int flush();

 private:
  struct table {
    std::uint32_t field;  ///< of InternedData
    std::unordered_map<std::string, std::uint64_t> numbers;
  };

  track_id hash(std::uint64_t kind, std::uint64_t key) const noexcept;
  void begin_descriptor(track_id id, track_id parent);
  void put_name(std::string_view name, std::int32_t rank);
  std::uint64_t intern(table& in, std::string_view text);
  void begin_event(std::uint64_t type, track_id on);
  void put_text(std::string_view category, std::string_view name);
  void put(arguments args);
  void write_event(std::int64_t when_ns);
  void write_descriptor();
  void write_packet();

  std::FILE* to_;
  int error_ = 0;
  std::uint64_t process_;
  std::uint64_t instance_;
  std::uint32_t sequence_;
  flow_id next_flow_;
  table categories_, names_, argument_names_, texts_;
  // The messages under construction, kept for their memory.
  proto_message packet_, event_, descriptor_, interned_, part_;
  std::string pending_;
  std::string key_;
};

}  // namespace mn::detail
