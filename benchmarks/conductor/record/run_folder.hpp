// The folder of one run: OUT/<run>/ with raw/ in it, a lock, and the link OUT/latest.
//
// Invariant: whoever holds a run_folder is the only conductor on that run. The lock goes away with its holder, however
// that ends.
#pragma once

#include <filesystem>
#include <string>

#include "support/descriptor.hpp"

namespace threadmark::conductor {

class run_folder {
 public:
  /// A new run. `name` empty: the time and a short suffix. Throws usage_error where the name is bad or taken, or where
  /// anything cannot be written (also when a file is in the way or the file system is read-only).
  static run_folder create(const std::filesystem::path& out, const std::string& name);
  /// A run that is there. `name` empty: the latest. Throws usage_error where it is not there or another conductor is on
  /// it.
  static run_folder open(const std::filesystem::path& out, const std::string& name);

  const std::string& name() const { return name_; }
  std::filesystem::path path() const { return out_ / name_; }
  std::filesystem::path raw() const { return path() / "raw"; }

  /// Points OUT/latest here. In one step, so that there is always a latest.
  void make_latest() const;
  /// Writes a file whole or not at all. Throws usage_error where it cannot be written.
  void write(const std::string& file, const std::string& text) const;

 private:
  run_folder(std::filesystem::path out, std::string name) : out_(std::move(out)), name_(std::move(name)) {}
  void take_lock();

  std::filesystem::path out_;
  std::string name_;
  descriptor lock_;
};

}  // namespace threadmark::conductor
