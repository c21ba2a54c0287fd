// Verbs that are data and Python: this program becomes the one that does them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace threadmark::conductor {

/// Becomes `python -m MODULE WORDS…` with the project's own Python. Returns never: it throws usage_error where that
/// Python is not there, named after the verb, and broken where it does not start.
[[noreturn]] void become_python(std::string_view verb, std::string_view module, const std::vector<std::string>& words);

}  // namespace threadmark::conductor
