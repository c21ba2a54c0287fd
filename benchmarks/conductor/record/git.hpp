// Which commit of the sources is being measured.
#pragma once

#include <optional>
#include <string>

#include "child/signals.hpp"

namespace threadmark::conductor {

struct git_state {
  std::optional<std::string> commit;
  std::optional<bool> dirty;  ///< tracked files differ from the commit
};

/// Nothing in either where there is no git or the sources are no checkout.
git_state read_git(const std::string& source, signals& ours);

}  // namespace threadmark::conductor
