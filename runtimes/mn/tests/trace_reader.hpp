// Reads a trace back and checks its form: a decoder of protocol buffers and of the part of Perfetto's format that
// traces use, written apart from the writer. What it does not know is an error.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

/// The name of a file that no other test and no other process uses; the file goes with it.
class temporary_file {
 public:
  temporary_file();
  ~temporary_file();
  temporary_file(const temporary_file&) = delete;
  temporary_file& operator=(const temporary_file&) = delete;
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

struct trace_track {
  std::string name;
  std::uint64_t parent = 0;
  bool is_process = false, is_thread = false, is_counter = false;
  std::int64_t thread = 0;
};

struct trace_event {
  enum type { none, begin, end, instant, counter };
  type what = none;
  std::int64_t when_ns = 0;
  std::uint64_t track = 0;
  std::string category, name;
  std::map<std::string, std::string> args;  ///< numbers in decimal, addresses in hexadecimal
  std::vector<std::uint64_t> arrows_from, arrows_to;
  std::int64_t value = 0;

  [[nodiscard]] std::string arg(const std::string& key) const {
    const auto at = args.find(key);
    return at == args.end() ? "" : at->second;
  }
};

/// A slice, put together from its begin and its end, whose arguments it has all.
struct trace_slice {
  std::uint64_t track = 0;
  std::string category, name;
  std::int64_t began_ns = 0, ended_ns = -1;  ///< -1: it is still open when the trace ends
  std::map<std::string, std::string> args;
  std::vector<std::uint64_t> arrows_to;

  [[nodiscard]] std::string arg(const std::string& key) const {
    const auto at = args.find(key);
    return at == args.end() ? "" : at->second;
  }
};

struct read_trace {
  std::map<std::uint64_t, trace_track> tracks;
  std::vector<trace_event> events;

  [[nodiscard]] std::vector<trace_slice> slices() const;
  [[nodiscard]] const std::string& track_name(std::uint64_t track) const { return tracks.at(track).name; }
  /// Whether that is its name, apart from what a process's second runtime adds to it.
  [[nodiscard]] bool is_called(std::uint64_t track, const std::string& name) const;

  [[nodiscard]] std::vector<trace_slice> runs() const;  ///< the slices on workers that are tasks' runs
  [[nodiscard]] std::vector<trace_event> instants(const std::string& name) const;
  [[nodiscard]] std::vector<std::int64_t> counts(const std::string& counter) const;
};

/// Throws std::runtime_error where the file is not such a trace: a field that is not known, a name or track that has
/// not been described, a moment before the last one.
read_trace read_trace_file(const std::string& path);

/// What holds for every trace, as GoogleTest expectations: slices of a track do not overlap, arrows have one beginning
/// each and no more than one end after it, no task runs on two workers at once, counters are not negative.
void expect_well_formed(const read_trace& t);
/// What holds as well where no event is lost and the trace encloses its tasks' lives: every task ended, every run has
/// its arrow, a task is ready before it runs and ready again after it was parked.
void expect_whole(const read_trace& t);
