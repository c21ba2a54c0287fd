// trials.jsonl: one line a trial, appended, flushed and on the disk before the next trial starts.
//
// Invariant: every line before the last is whole. Only a conductor that was killed while it wrote can leave the last
// line cut; opening the journal again takes such a line away, and its trial is run again.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/descriptor.hpp"

namespace threadmark::conductor {

/// What a journal holds when it is opened again.
struct found_lines {
  std::vector<nlohmann::ordered_json> trials;  ///< of this run
  std::vector<std::string> warnings;           ///< lines that are not, named by their number
};

class journal {
 public:
  /// Opens or makes the file; takes a cut last line away; reads the rest. Throws usage_error where it cannot be
  /// written.
  journal(const std::filesystem::path& file, const std::string& run, found_lines& found);

  /// Throws broken where the line cannot be written whole (a full disk); the file is then as it was before.
  void append(const nlohmann::ordered_json& trial);

 private:
  descriptor fd_;
  std::filesystem::path file_;
};

}  // namespace threadmark::conductor
