#include "trace_reader.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string_view>

namespace {

struct field {
  std::uint64_t number;
  std::uint64_t value = 0;      ///< of a number
  std::string_view bytes = {};  ///< of a message or text
};

// One message, field by field.
class fields {
 public:
  explicit fields(std::string_view bytes) : left_(bytes) {}

  std::optional<field> next() {
    if (left_.empty()) return std::nullopt;
    const std::uint64_t key = varint();
    field f{key >> 3};
    switch (key & 7) {
      case 0: f.value = varint(); break;
      case 1: {
        const auto bytes = take(8);
        for (std::size_t i = 0; i < 8; ++i) f.value |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
        break;
      }
      case 2: f.bytes = take(varint()); break;
      default: throw std::runtime_error("a kind of value that traces do not use");
    }
    return f;
  }

 private:
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<unsigned char>(take(1)[0]);
      value |= std::uint64_t{byte & 0x7Fu} << shift;
      if (byte < 0x80) return value;
    }
    throw std::runtime_error("a number of more than ten bytes");
  }
  std::string_view take(std::uint64_t n) {
    if (n > left_.size()) throw std::runtime_error("the file ends within a message");
    const auto taken = left_.substr(0, n);
    left_.remove_prefix(n);
    return taken;
  }

  std::string_view left_;
};

[[noreturn]] void unknown(const char* message, std::uint64_t number) {
  throw std::runtime_error(std::string(message) + " has an unknown field " + std::to_string(number));
}

class reader {
 public:
  read_trace read(std::string_view bytes) {
    fields file(bytes);
    while (const auto f = file.next()) {
      if (f->number != 1) unknown("Trace", f->number);
      packet(f->bytes);
    }
    if (!clock_) throw std::runtime_error("no clock snapshot");
    return std::move(result_);
  }

 private:
  using table = std::map<std::uint64_t, std::string>;

  void packet(std::string_view bytes) {
    std::int64_t when = -1;
    std::uint64_t sequence = 0, flags = 0;
    std::string_view event, track, interned;
    fields in(bytes);
    while (const auto f = in.next()) {
      switch (f->number) {
        case 6: clock_snapshot(f->bytes); break;
        case 8: when = static_cast<std::int64_t>(f->value); break;
        case 10: sequence = f->value; break;
        case 11: event = f->bytes; break;
        case 12: interned = f->bytes; break;
        case 13: flags = f->value; break;
        case 59: defaults(f->bytes); break;
        case 60: track = f->bytes; break;
        case 87: break;
        default: unknown("TracePacket", f->number);
      }
    }
    if (sequence == 0) throw std::runtime_error("a packet without a sequence");
    if (flags & 1) cleared_.insert(sequence);
    if (!track.empty()) describe(track);
    if (!interned.empty()) intern(tables_[sequence], interned);
    if (event.empty()) return;
    if (!(flags & 2) || !cleared_.contains(sequence)) throw std::runtime_error("an event whose names may be lost");
    if (!result_.events.empty() && when < result_.events.back().when_ns && sequence == sequence_) {
      throw std::runtime_error("a moment before the last one");
    }
    sequence_ = sequence;
    trace_event e = read_event(tables_[sequence], event);
    e.when_ns = when;
    if (!result_.tracks.contains(e.track)) throw std::runtime_error("an event on a track that is not described");
    result_.events.push_back(std::move(e));
  }

  void clock_snapshot(std::string_view bytes) {
    std::set<std::uint64_t> clocks;
    std::uint64_t primary = 0;
    fields in(bytes);
    while (const auto f = in.next()) {
      if (f->number == 1) {
        fields clock(f->bytes);
        while (const auto c = clock.next()) {
          if (c->number == 1) clocks.insert(c->value);
        }
      } else if (f->number == 2) {
        primary = f->value;
      }
    }
    // 1: real time, 3: monotonic, 6: since boot.
    if (clocks != std::set<std::uint64_t>{1, 3, 6} || primary != 3) throw std::runtime_error("other clocks");
    clock_ = true;
  }

  static void defaults(std::string_view bytes) {
    const auto f = fields(bytes).next();
    if (!f || f->number != 58 || f->value != 3) throw std::runtime_error("moments are not of the monotonic clock");
  }

  void describe(std::string_view bytes) {
    std::uint64_t id = 0;
    trace_track t;
    fields in(bytes);
    while (const auto f = in.next()) {
      switch (f->number) {
        case 1: id = f->value; break;
        case 2: t.name = f->bytes; break;
        case 3: {
          t.is_process = true;
          fields process(f->bytes);
          while (const auto p = process.next()) {
            if (p->number == 6) t.name = p->bytes;
          }
          break;
        }
        case 4: {
          t.is_thread = true;
          fields thread(f->bytes);
          while (const auto p = thread.next()) {
            if (p->number == 2) t.thread = static_cast<std::int64_t>(p->value);
            if (p->number == 5) t.name = p->bytes;
          }
          break;
        }
        case 5: t.parent = f->value; break;
        case 8: t.is_counter = true; break;
        case 11:
        case 12: break;
        default: unknown("TrackDescriptor", f->number);
      }
    }
    if (id == 0) throw std::runtime_error("a track without a number");
    if (t.parent != 0 && !result_.tracks.contains(t.parent)) throw std::runtime_error("a track below an unknown one");
    const auto [at, fresh] = result_.tracks.emplace(id, t);
    if (!fresh && at->second.name != t.name) throw std::runtime_error("two tracks have one number");
  }

  struct names {
    table categories, events, arguments, texts;
  };

  static void intern(names& known, std::string_view bytes) {
    fields in(bytes);
    while (const auto f = in.next()) {
      table* to = nullptr;
      switch (f->number) {
        case 1: to = &known.categories; break;
        case 2: to = &known.events; break;
        case 3: to = &known.arguments; break;
        case 29: to = &known.texts; break;
        default: unknown("InternedData", f->number);
      }
      std::uint64_t number = 0;
      std::string text;
      fields entry(f->bytes);
      while (const auto e = entry.next()) {
        if (e->number == 1) number = e->value;
        if (e->number == 2) text = e->bytes;
      }
      if (number == 0) throw std::runtime_error("a name without a number");
      if (!to->emplace(number, text).second) throw std::runtime_error("a name is told twice");
    }
  }

  static trace_event read_event(const names& known, std::string_view bytes) {
    trace_event e;
    fields in(bytes);
    while (const auto f = in.next()) {
      switch (f->number) {
        case 3: e.category = known.categories.at(f->value); break;
        case 4: argument(known, f->bytes, e.args); break;
        case 9: e.what = static_cast<trace_event::type>(f->value); break;
        case 10: e.name = known.events.at(f->value); break;
        case 11: e.track = f->value; break;
        case 30: e.value = static_cast<std::int64_t>(f->value); break;
        case 47: e.arrows_from.push_back(f->value); break;
        case 48: e.arrows_to.push_back(f->value); break;
        default: unknown("TrackEvent", f->number);
      }
    }
    return e;
  }

  static void argument(const names& known, std::string_view bytes, std::map<std::string, std::string>& to) {
    std::string name, value;
    fields in(bytes);
    while (const auto f = in.next()) {
      switch (f->number) {
        case 1: name = known.arguments.at(f->value); break;
        case 3: value = std::to_string(f->value); break;
        case 7: {
          std::ostringstream text;
          text << "0x" << std::hex << f->value;
          value = text.str();
          break;
        }
        case 17: value = known.texts.at(f->value); break;
        default: unknown("DebugAnnotation", f->number);
      }
    }
    to[name] = value;
  }

  read_trace result_;
  std::map<std::uint64_t, names> tables_;  // of each sequence
  std::set<std::uint64_t> cleared_;
  std::uint64_t sequence_ = 0;
  bool clock_ = false;
};

}  // namespace

temporary_file::temporary_file() {
  static std::atomic<int> files{0};
  path_ = testing::TempDir() + "mn_trace_" + std::to_string(getpid()) + "_" + std::to_string(++files) + ".pftrace";
}

temporary_file::~temporary_file() {
  (void)std::remove(path_.c_str());
}

read_trace read_trace_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("there is no " + path);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  return reader().read(bytes);
}

std::vector<trace_slice> read_trace::slices() const {
  std::vector<trace_slice> all;
  std::map<std::uint64_t, std::size_t> open;
  for (const trace_event& e : events) {
    if (e.what == trace_event::begin) {
      open[e.track] = all.size();
      all.push_back({e.track, e.category, e.name, e.when_ns, -1, e.args, e.arrows_to});
    } else if (e.what == trace_event::end && open.contains(e.track)) {
      trace_slice& s = all[open[e.track]];
      s.ended_ns = e.when_ns;
      s.args.insert(e.args.begin(), e.args.end());
      open.erase(e.track);
    }
  }
  return all;
}

bool read_trace::is_called(std::uint64_t track, const std::string& name) const {
  const std::string& full = track_name(track);
  return full == name || full.starts_with(name + " of runtime ") || full.starts_with(name + " (");
}

std::vector<trace_slice> read_trace::runs() const {
  std::vector<trace_slice> found;
  for (trace_slice& s : slices()) {
    if (tracks.at(s.track).is_thread && s.category == "task") found.push_back(std::move(s));
  }
  return found;
}

std::vector<trace_event> read_trace::instants(const std::string& name) const {
  std::vector<trace_event> found;
  for (const trace_event& e : events) {
    if (e.what == trace_event::instant && e.name == name) found.push_back(e);
  }
  return found;
}

std::vector<std::int64_t> read_trace::counts(const std::string& counter) const {
  std::vector<std::int64_t> found;
  for (const trace_event& e : events) {
    if (e.what == trace_event::counter && is_called(e.track, counter)) found.push_back(e.value);
  }
  return found;
}

void expect_well_formed(const read_trace& t) {
  std::set<std::uint64_t> open;
  std::map<std::uint64_t, int> arrows;  // 1: begun, 2: ended
  std::map<std::string, std::uint64_t> runs_on;
  std::map<std::uint64_t, std::string> runs;
  for (const trace_event& e : t.events) {
    const trace_track& track = t.tracks.at(e.track);
    ASSERT_EQ(track.is_counter, e.what == trace_event::counter) << track.name;
    switch (e.what) {
      case trace_event::begin:
        ASSERT_TRUE(open.insert(e.track).second) << track.name << ": " << e.name << " begins in another slice";
        ASSERT_FALSE(e.name.empty());
        if (track.is_thread && e.category == "task") {
          const auto task = e.arg("task");
          ASSERT_FALSE(task.empty());
          ASSERT_FALSE(e.arg("spawned at").empty());
          ASSERT_TRUE(runs_on.emplace(task, e.track).second) << "task " << task << " runs on two workers";
          runs[e.track] = task;
        }
        break;
      case trace_event::end:
        ASSERT_EQ(open.erase(e.track), 1u) << track.name << ": an end without a beginning";
        runs_on.erase(runs[e.track]);
        break;
      case trace_event::instant: ASSERT_FALSE(e.name.empty()); break;
      case trace_event::counter: ASSERT_GE(e.value, 0) << track.name; break;
      default: FAIL() << "an event of no type";
    }
    for (const auto id : e.arrows_from) ASSERT_EQ(arrows[id]++, 0) << "an arrow begins twice";
    for (const auto id : e.arrows_to) ASSERT_EQ(arrows[id]++, 1) << "an arrow ends twice or before it begins";
  }
}

void expect_whole(const read_trace& t) {
  std::map<std::string, std::string> ended_as;  // how each task's last run ended
  for (const trace_slice& run : t.runs()) {
    const auto task = run.arg("task");
    ASSERT_NE(run.ended_ns, -1) << "task " << task << " still runs";
    const bool fresh = !ended_as.contains(task);
    ASSERT_NE(ended_as[task], "ended") << "task " << task << " runs after its end";
    // What gave way goes on without anybody's help; so does a select that its own successor resumes.
    const bool helped = fresh || (ended_as[task] != "gave way" && ended_as[task] != "parked: select");
    if (helped) {
      EXPECT_EQ(run.arrows_to.size(), 1u) << "task " << task;
    }
    ended_as[task] = run.arg("ends");
    ASSERT_FALSE(ended_as[task].empty());
  }
  for (const auto& [task, how] : ended_as) EXPECT_EQ(how, "ended") << "task " << task;
  for (const trace_event& e : t.instants("spawns")) EXPECT_TRUE(ended_as.contains(e.arg("task")));

  std::map<std::uint64_t, std::string> before;
  for (const trace_slice& s : t.slices()) {
    if (s.category != "wait") continue;
    std::string& last = before[s.track];
    if (s.name == "running") {
      ASSERT_EQ(last, "ready") << t.track_name(s.track);
    } else if (s.name == "ready") {
      ASSERT_TRUE(last.empty() || last == "running" || last.starts_with("parked: ")) << t.track_name(s.track);
    } else {
      ASSERT_TRUE(s.name.starts_with("parked: ")) << s.name;
      ASSERT_EQ(last, "running") << t.track_name(s.track);
    }
    ASSERT_NE(s.ended_ns, -1) << t.track_name(s.track) << " is still " << s.name;
    last = s.name;
  }
  for (const auto& [track, last] : before) EXPECT_EQ(last, "running") << t.track_name(track);
}
