#include "cell.hpp"

#include <algorithm>
#include <charconv>

#include "bad_input.hpp"

namespace threadmark::harness {
namespace {

/// "ping_pong/capacity:V", which shows how a cell of the workload is written.
std::string pattern_of(const workload_entry& entry) {
  std::string text = entry.name;
  for (const auto& [param, values] : entry.params) text += "/" + param + ":V";
  return text;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

std::uint64_t whole_number(std::string_view text, const std::string& param) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool leading_zero = text.size() > 1 && text.front() == '0';
  if (error != std::errc{} || end != text.data() + text.size() || text.empty() || leading_zero)
    throw bad_input("the value '" + std::string(text) + "' of " + param + " is not a whole number");
  return value;
}

bool is_channel(capability c) {
  return c == capability::unbuffered_channel || c == capability::buffered_channel;
}

}  // namespace

std::string cell::name() const {
  std::string text = workload->name;
  for (const auto& [param, value] : values) text += "/" + param + ":" + std::to_string(value);
  return text;
}

cell parse_cell(std::string_view name) {
  const std::vector<std::string_view> parts = split(name, '/');
  const workload_entry* const entry = find_workload(parts.front());
  if (entry == nullptr)
    throw bad_input("unknown workload '" + std::string(parts.front()) +
                    "'; known: " + listed(catalog(), [](const workload_entry& one) { return one.name; }));
  cell result{entry, {}};
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const std::string param(parts[i].substr(0, parts[i].find(':')));
    const bool known =
        std::any_of(entry->params.begin(), entry->params.end(), [&](const auto& one) { return one.first == param; });
    if (!known)
      throw bad_input("unknown parameter '" + param + "' of " + entry->name +
                      "; known: " + listed(entry->params, [](const auto& one) { return one.first; }));
    if (i > entry->params.size() || entry->params[i - 1].first != param || param.size() == parts[i].size())
      throw bad_input("'" + std::string(name) + "' is not a cell; write " + pattern_of(*entry));
    result.values.add(param, whole_number(parts[i].substr(param.size() + 1), param));
  }
  if (parts.size() != entry->params.size() + 1)
    throw bad_input("'" + std::string(name) + "' is not a cell; write " + pattern_of(*entry));
  return result;
}

std::vector<cell> standard_cells() {
  std::vector<cell> cells;
  for (const workload_entry& entry : catalog()) {
    std::vector<cell> of_this{{&entry, {}}};
    for (const auto& [param, values] : entry.params) {
      std::vector<cell> longer;
      for (const cell& shorter : of_this)
        for (const std::uint64_t value : values) longer.emplace_back(shorter).values.add(param, value);
      of_this = std::move(longer);
    }
    cells.insert(cells.end(), of_this.begin(), of_this.end());
  }
  return cells;
}

std::vector<capability> used_by(const cell& which) {
  std::vector<capability> uses = which.workload->uses;
  if (!which.values.has("capacity")) return uses;
  const capability asked =
      which.values["capacity"] == 0 ? capability::unbuffered_channel : capability::buffered_channel;
  const auto last = std::remove_if(uses.begin(), uses.end(), is_channel);
  if (last == uses.end()) return uses;
  uses.erase(last, uses.end());
  uses.push_back(asked);
  return uses;
}

}  // namespace threadmark::harness
