// Which processes another has started.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "memory_ledger/proc_text.hpp"
#include "support/text.hpp"

namespace threadmark::load {

inline std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> all;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
    const auto pid = conductor::whole_number(entry.path().filename().string());
    if (!pid) continue;
    const auto text = ledger::read_text(entry.path() / "status").value_or("");
    if (ledger::field(text, "PPid").value_or(-1) == parent) all.push_back(static_cast<pid_t>(*pid));
  }
  return all;
}

}  // namespace threadmark::load
