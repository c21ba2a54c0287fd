#include "verbs/python.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "support/errors.hpp"
#include "verbs/places.hpp"

namespace threadmark::conductor {

void become_python(std::string_view verb, std::string_view module, const std::vector<std::string>& words) {
  const auto sources = find_sources();
  const auto python = sources / "build/venv/bin/python";
  if (!std::filesystem::exists(python)) {
    throw usage_error(fmt::format("{}: {} is not there; make setup makes it", verb, python.string()));
  }
  std::vector<std::string> line = {python.string(), "-m", std::string(module)};
  line.insert(line.end(), words.begin(), words.end());
  std::vector<char*> arguments;
  for (auto& word : line) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  ::setenv("PYTHONPATH", sources.c_str(), 1);
  ::execv(arguments[0], arguments.data());
  throw broken(fmt::format("cannot start {}: {}", python.string(), std::strerror(errno)));
}

}  // namespace threadmark::conductor
