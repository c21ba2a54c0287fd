#include "tests/lab.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace threadmark::conductor::test {

std::string read(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

void write(const std::filesystem::path& file, const std::string& text) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file) << text;
}

lab::lab() {
  auto name = (std::filesystem::temp_directory_path() / "conductor_test_XXXXXX").string();
  path_ = ::mkdtemp(name.data());
  std::filesystem::create_directories(bin());
  std::filesystem::create_directories(path_ / "data" / "workloads");
  std::filesystem::copy_file(std::filesystem::path(THREADMARK_DATA) / "workloads/catalog.json",
                             path_ / "data/workloads/catalog.json");
  profile({"good"});
  contenders({"good"});
}

lab::~lab() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void lab::contenders(const std::vector<std::string>& names) const {
  for (const auto& name : names) {
    const auto link = bin() / ("bench_" + name);
    if (!std::filesystem::exists(link)) std::filesystem::create_symlink(THREADMARK_FAKE, link);
  }
}

void lab::profile(const std::vector<std::string>& models, const nlohmann::json& changes) const {
  nlohmann::json one = {{"blocks", 2},        {"cores", {1}},     {"min_time_s", 0.01},
                        {"time_limit_s", 60}, {"models", models}, {"cells", {{"ping_pong", {{{"capacity", {0}}}}}}}};
  one.update(changes);
  write(path_ / "data/profiles.json", nlohmann::json{{"schema", 1}, {"profiles", {{"quick", one}}}}.dump());
}

std::vector<std::string> lab::arguments(const std::string& verb, const std::vector<std::string>& more) const {
  std::vector<std::string> result = {verb, "--data=" + (path_ / "data").string(), "--bin=" + bin().string()};
  if (verb == "run") result.push_back("--out=" + out().string());
  result.insert(result.end(), more.begin(), more.end());
  return result;
}

started lab::start(const std::vector<std::string>& arguments) const {
  static int count = 0;
  const auto number = std::to_string(++count);
  started one{-1, path_ / ("stdout" + number), path_ / ("stderr" + number)};
  std::vector<std::string> words = {THREADMARK_PROGRAM};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (auto& w : words) argv.push_back(w.data());
  argv.push_back(nullptr);
  one.process = ::fork();
  // Never -1 into a test: kill(-1, …) would reach every process of the machine.
  if (one.process < 0) throw std::runtime_error("fork is refused; is the machine out of processes?");
  if (one.process == 0) {
    ::dup2(::open(one.out_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644), 1);
    ::dup2(::open(one.errors_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644), 2);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  return one;
}

ran lab::wait(const started& one) const {
  int status = 0;
  ::waitpid(one.process, &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), read(one.out_file), read(one.errors_file)};
}

ran lab::call(const std::vector<std::string>& arguments) const {
  return wait(start(arguments));
}

std::vector<nlohmann::json> lab::trials() const {
  std::vector<nlohmann::json> result;
  std::istringstream text(read(out() / "latest/trials.jsonl"));
  for (std::string line; std::getline(text, line);) result.push_back(nlohmann::json::parse(line));
  return result;
}

nlohmann::json lab::environment() const {
  return nlohmann::json::parse(read(out() / "latest/environment.json"));
}

}  // namespace threadmark::conductor::test
