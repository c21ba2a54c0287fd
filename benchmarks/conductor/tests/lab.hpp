// What the conductor's tests share: a folder of their own with contenders that misbehave, and running `threadmark` in
// it.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace threadmark::conductor::test {

struct ran {
  int code = -1;  ///< exit code, or 128 + signal
  std::string out, errors;
};

/// A started `threadmark`, for tests that stop it in its course.
struct started {
  pid_t process = -1;
  std::filesystem::path out_file, errors_file;
};

class lab {
 public:
  lab();
  ~lab();
  lab(const lab&) = delete;
  lab& operator=(const lab&) = delete;

  std::filesystem::path path() const { return path_; }
  std::filesystem::path bin() const { return path_ / "bin"; }
  std::filesystem::path out() const { return path_ / "out"; }

  /// Puts bench_<name> into bin/, for each of these behaviours of the fake contender.
  void contenders(const std::vector<std::string>& names) const;
  /// Writes data/profiles.json with one profile, "quick", of these models: 2 blocks on 1 core of ping_pong with
  /// capacity 0.
  void profile(const std::vector<std::string>& models, const nlohmann::json& changes = nlohmann::json::object()) const;

  /// threadmark VERB with --data, --bin and (for run) --out set to this lab, and the arguments.
  std::vector<std::string> arguments(const std::string& verb, const std::vector<std::string>& more) const;
  ran run(const std::vector<std::string>& more) const { return call(arguments("run", more)); }
  ran call(const std::vector<std::string>& arguments) const;

  started start(const std::vector<std::string>& arguments) const;
  ran wait(const started& one) const;

  /// The lines of out/latest/trials.jsonl.
  std::vector<nlohmann::json> trials() const;
  nlohmann::json environment() const;

 private:
  std::filesystem::path path_;
};

std::string read(const std::filesystem::path& file);
void write(const std::filesystem::path& file, const std::string& text);
/// Waits, generously, until something holds. False: it never did.
template <class F>
bool eventually(F holds);

}  // namespace threadmark::conductor::test

#include <chrono>
#include <thread>

template <class F>
bool threadmark::conductor::test::eventually(F holds) {
  for (int i = 0; i < 3000; ++i) {
    if (holds()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}
