#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "support/errors.hpp"
#include "verbs/places.hpp"
#include "verbs/verbs.hpp"

namespace threadmark::conductor {

/// The claims and how they are judged are data and Python (reports/); this program becomes that one.
int claim_verb(const options& o) {
  const auto sources = find_sources();
  const auto python = sources / "build/venv/bin/python";
  if (!std::filesystem::exists(python)) {
    throw usage_error(fmt::format("claim: {} is not there; make setup makes it", python.string()));
  }
  std::vector<std::string> words = {python.string(), "-m", "reports.claim"};
  words.insert(words.end(), o.rest.begin(), o.rest.end());
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  ::setenv("PYTHONPATH", sources.c_str(), 1);
  ::execv(arguments[0], arguments.data());
  throw broken(fmt::format("cannot start {}: {}", python.string(), std::strerror(errno)));
}

}  // namespace threadmark::conductor
