#include "child.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace threadmark::harness {
namespace {

/// Files rather than pipes: nobody has to read while the child runs.
std::string temporary_file() {
  std::string name = testing::TempDir() + "harness_test_XXXXXX";
  const int fd = ::mkstemp(name.data());
  EXPECT_GE(fd, 0);
  ::close(fd);
  return name;
}

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  ::unlink(path.c_str());
  return text;
}

[[noreturn]] void become(const std::string& path, const std::vector<std::string>& arguments, const std::string& out,
                         const std::string& err, std::optional<std::pair<int, int>> inherited) {
  ::dup2(::open(out.c_str(), O_WRONLY | O_CLOEXEC), STDOUT_FILENO);
  ::dup2(::open(err.c_str(), O_WRONLY | O_CLOEXEC), STDERR_FILENO);
  if (inherited) {
    ::dup2(inherited->first, 8);
    ::dup2(inherited->second, 9);
  }
  std::vector<char*> argv{const_cast<char*>(path.c_str())};
  for (const std::string& one : arguments) argv.push_back(const_cast<char*>(one.c_str()));
  argv.push_back(nullptr);
  ::alarm(60);
  ::execv(path.c_str(), argv.data());
  std::_Exit(127);
}

}  // namespace

std::string ended::last_error_line() const {
  std::string text = err;
  while (text.ends_with('\n')) text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

ended run_program(const std::string& path, const std::vector<std::string>& arguments,
                  std::optional<std::pair<int, int>> inherited) {
  const std::string out = temporary_file();
  const std::string err = temporary_file();
  const pid_t child = ::fork();
  if (child == 0) become(path, arguments, out, err, inherited);
  EXPECT_GT(child, 0);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  ended result;
  if (WIFEXITED(status)) result.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
  result.out = text_of(out);
  result.err = text_of(err);
  return result;
}

ended run_reference(const std::vector<std::string>& arguments, std::optional<std::pair<int, int>> inherited) {
  return run_program(BENCH_REFERENCE, arguments, inherited);
}

}  // namespace threadmark::harness
