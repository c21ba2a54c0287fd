#include "trace/show/perfetto.hpp"

#include <cerrno>

#include "os/os.hpp"
#include "trace/show/perfetto_fields.hpp"

namespace mn::detail {
namespace {

constexpr std::size_t written_at_once = 256 * 1024;

// What the hash of a track is made from, besides its key.
enum track_kind : std::uint64_t { of_process, of_thread, of_slices, of_counter, of_sequence };

// The finalizer of MurmurHash3 (A. Appleby): every bit of the input changes half of the output's.
std::uint64_t mix(std::uint64_t x) noexcept {
  x = (x ^ (x >> 33)) * 0xFF51AFD7ED558CCDULL;
  x = (x ^ (x >> 33)) * 0xC4CEB9FE1A85EC53ULL;
  return x ^ (x >> 33);
}

}  // namespace

perfetto_writer::perfetto_writer(std::FILE* to, std::int32_t process, unsigned instance)
    : to_(to),
      process_(static_cast<std::uint64_t>(process)),
      instance_(instance),
      sequence_(static_cast<std::uint32_t>(hash(of_sequence, 0)) | 1),
      next_flow_(mix(hash(of_sequence, 1))),
      categories_{interned_data::categories, {}},
      names_{interned_data::names, {}},
      argument_names_{interned_data::argument_names, {}},
      texts_{interned_data::texts, {}} {
  const auto now = os::read_clocks();
  const auto add_clock = [&](std::uint64_t id, std::int64_t value) {
    part_.clear();
    part_.number(clock_snapshot::id, id);
    part_.number(clock_snapshot::value, static_cast<std::uint64_t>(value));
    event_.message(clock_snapshot::clocks, part_);
  };
  add_clock(clock_snapshot::wall, now.wall);
  add_clock(clock_snapshot::monotonic, now.monotonic);
  add_clock(clock_snapshot::since_boot, now.since_boot);
  event_.number(clock_snapshot::primary, clock_snapshot::monotonic);
  packet_.message(trace_packet::clock_snapshot, event_);
  packet_.number(trace_packet::sequence, sequence_);
  packet_.number(trace_packet::flags, trace_packet::state_cleared);
  packet_.number(trace_packet::first_of_sequence, 1);
  part_.clear();
  part_.number(packet_defaults::clock, clock_snapshot::monotonic);
  packet_.message(trace_packet::defaults, part_);
  write_packet();
}

track_id perfetto_writer::hash(std::uint64_t kind, std::uint64_t key) const noexcept {
  const std::uint64_t instance = kind <= of_thread ? 0 : instance_;
  // 49 bits take seven bytes in a file, and still no two of a thousand files' tracks are likely to meet.
  return (mix(mix(mix(process_ << 8 | kind) + instance) + key) >> 15) | 1;
}

// Tracks

void perfetto_writer::begin_descriptor(track_id id, track_id parent) {
  descriptor_.clear();
  descriptor_.number(track_descriptor::uuid, id);
  if (parent != 0) descriptor_.number(track_descriptor::parent, parent);
}

void perfetto_writer::put_name(std::string_view name, std::int32_t rank) {
  descriptor_.text(track_descriptor::name, name);
  descriptor_.number(track_descriptor::ordering, track_descriptor::by_rank);
  descriptor_.number(track_descriptor::rank, static_cast<std::uint64_t>(rank));
}

track_id perfetto_writer::process(std::string_view name) {
  const track_id id = hash(of_process, 0);
  begin_descriptor(id, 0);
  part_.clear();
  part_.number(process_descriptor::pid, process_);
  part_.text(process_descriptor::name, name);
  descriptor_.message(track_descriptor::process, part_);
  descriptor_.number(track_descriptor::ordering, track_descriptor::by_rank);
  write_descriptor();
  return id;
}

track_id perfetto_writer::thread(track_id process, std::int32_t thread, std::string_view name) {
  const auto number = static_cast<std::uint64_t>(thread);
  const track_id id = hash(of_thread, number);
  begin_descriptor(id, process);
  part_.clear();
  part_.number(thread_descriptor::pid, process_);
  part_.number(thread_descriptor::tid, number);
  part_.text(thread_descriptor::name, name);
  descriptor_.message(track_descriptor::thread, part_);
  write_descriptor();
  return id;
}

track_id perfetto_writer::track(track_id parent, std::uint64_t key, std::string_view name, std::int32_t rank) {
  const track_id id = hash(of_slices, key);
  begin_descriptor(id, parent);
  put_name(name, rank);
  write_descriptor();
  return id;
}

track_id perfetto_writer::counter(track_id parent, std::uint64_t key, std::string_view name, std::int32_t rank) {
  const track_id id = hash(of_counter, key);
  begin_descriptor(id, parent);
  put_name(name, rank);
  part_.clear();
  part_.number(counter_descriptor::unit, counter_descriptor::count);
  descriptor_.message(track_descriptor::counter, part_);
  write_descriptor();
  return id;
}

void perfetto_writer::write_descriptor() {
  packet_.message(trace_packet::descriptor, descriptor_);
  packet_.number(trace_packet::sequence, sequence_);
  write_packet();
}

// Events

std::uint64_t perfetto_writer::intern(table& in, std::string_view text) {
  key_.assign(text);
  const auto [at, fresh] = in.numbers.try_emplace(key_, in.numbers.size() + 1);
  if (fresh) {
    proto_message entry;
    entry.number(interned_data::number, at->second);
    entry.text(interned_data::text, text);
    interned_.message(in.field, entry);
  }
  return at->second;
}

void perfetto_writer::begin_event(std::uint64_t type, track_id on) {
  event_.clear();
  event_.number(track_event::type, type);
  event_.number(track_event::track, on);
}

void perfetto_writer::put_text(std::string_view category, std::string_view name) {
  event_.number(track_event::category_number, intern(categories_, category));
  event_.number(track_event::name_number, intern(names_, name));
}

void perfetto_writer::put(arguments args) {
  for (const argument& a : args) {
    part_.clear();
    part_.number(debug_annotation::name_number, intern(argument_names_, a.name));
    if (const auto* number = std::get_if<std::uint64_t>(&a.value)) {
      part_.number(debug_annotation::unsigned_number, *number);
    } else if (const auto* at = std::get_if<address>(&a.value)) {
      part_.number(debug_annotation::pointer, at->value);
    } else {
      part_.number(debug_annotation::text_number, intern(texts_, std::get<std::string_view>(a.value)));
    }
    event_.message(track_event::argument, part_);
  }
}

void perfetto_writer::begin(track_id on, std::int64_t when_ns, std::string_view category, std::string_view name,
                            arguments args, flow_id ends) {
  begin_event(track_event::slice_begin, on);
  put_text(category, name);
  put(args);
  if (ends != 0) event_.fixed64(track_event::flow_end, ends);
  write_event(when_ns);
}

void perfetto_writer::end(track_id on, std::int64_t when_ns, arguments args) {
  begin_event(track_event::slice_end, on);
  put(args);
  write_event(when_ns);
}

void perfetto_writer::instant(track_id on, std::int64_t when_ns, std::string_view category, std::string_view name,
                              arguments args, flow_id starts) {
  begin_event(track_event::instant, on);
  put_text(category, name);
  put(args);
  if (starts != 0) event_.fixed64(track_event::flow, starts);
  write_event(when_ns);
}

void perfetto_writer::count(track_id on, std::int64_t when_ns, std::int64_t value) {
  begin_event(track_event::counter, on);
  event_.number(track_event::value, static_cast<std::uint64_t>(value));
  write_event(when_ns);
}

void perfetto_writer::write_event(std::int64_t when_ns) {
  packet_.number(trace_packet::timestamp, static_cast<std::uint64_t>(when_ns));
  packet_.number(trace_packet::sequence, sequence_);
  packet_.number(trace_packet::flags, trace_packet::needs_state);
  if (!interned_.empty()) packet_.message(trace_packet::interned, interned_);
  packet_.message(trace_packet::event, event_);
  interned_.clear();
  write_packet();
}

// Packets

void perfetto_writer::write_packet() {
  part_.clear();
  part_.message(trace_file::packet, packet_);
  packet_.clear();
  pending_ += part_.bytes();
  if (pending_.size() >= written_at_once) (void)flush();
}

int perfetto_writer::flush() {
  errno = 0;
  const bool taken = std::fwrite(pending_.data(), 1, pending_.size(), to_) == pending_.size() && std::fflush(to_) == 0;
  if (!taken && error_ == 0) error_ = errno != 0 ? errno : EIO;
  pending_.clear();
  return error_;
}

}  // namespace mn::detail
