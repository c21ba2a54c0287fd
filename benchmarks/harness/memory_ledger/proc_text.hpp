// Reading the kernel's text files: "Name:   123 kB" (/proc) and "name 123" (cgroup memory.stat).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace threadmark::ledger {

/// The whole file, or nothing where it cannot be opened or read (the process may be gone).
std::optional<std::string> read_text(const std::filesystem::path& file);

/// The number on the line that begins with `name` followed by ':' or a blank; "kB" after it multiplies by 1024.
std::optional<std::int64_t> field(std::string_view text, std::string_view name);

}  // namespace threadmark::ledger
