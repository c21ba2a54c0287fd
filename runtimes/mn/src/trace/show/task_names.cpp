#include "trace/show/task_names.hpp"

#include <array>
#include <string_view>

namespace mn::detail {
namespace {

const char* to_pointer(std::uint64_t word) noexcept {
  return reinterpret_cast<const char*>(static_cast<std::uintptr_t>(word));  // to_word() made it
}

void take_place(task_names::entry& e, const trace_record& r) {
  if (!e.place.empty()) return;
  const std::string_view file = to_pointer(r.where);
  const std::string line = ":" + std::to_string(r.number);
  e.place = std::string(file) + line;
  if (!e.named) e.name = std::string(file.substr(file.rfind('/') + 1)) + line;
}

std::string_view text_of(const trace_record& r, std::array<char, trace_record::text_bytes>& memory) {
  memory = std::bit_cast<std::array<char, trace_record::text_bytes>>(std::array{r.task, r.where});
  return {memory.data(), std::min<std::size_t>(r.number, memory.size())};
}

// A name that was cut off may end within a character of UTF-8.
void drop_half_character(std::string& text) {
  std::size_t at = text.size();
  while (at > 0 && (static_cast<unsigned char>(text[at - 1]) & 0xC0) == 0x80) --at;
  if (at == 0) return;
  const auto lead = static_cast<unsigned char>(text[at - 1]);
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
  if (length > text.size() - (at - 1)) text.resize(at - 1);
}

}  // namespace

task_names::task_names(const trace_snapshot& all) {
  for (const trace_lane& lane : all.lanes) read(lane);
  for (auto& [task, e] : entries_) {
    if (e.name.empty()) e.name = "task " + std::to_string(task);
    if (e.place.empty()) e.place = "unknown";
  }
}

void task_names::read(const trace_lane& lane) {
  entry* of = nullptr;  // whom the next `named` is about
  std::string name;
  for (const trace_record& r : lane.records) {
    if (r.kind == trace_kind::named) {
      if (!of) continue;  // the record before it is lost
      std::array<char, trace_record::text_bytes> memory;
      name += text_of(r, memory);
      of->name = name;
      of->named = true;
      drop_half_character(of->name);
      continue;
    }
    of = nullptr;
    switch (r.kind) {
      case trace_kind::left:
      case trace_kind::takes_name:
        of = &entries_[r.task];
        name.clear();
        break;
      case trace_kind::spawned:
      case trace_kind::woken:
      case trace_kind::woke_itself:
      case trace_kind::runs:
      case trace_kind::was_running: take_place(entries_[r.task], r); break;
      default: break;  // is about no task
    }
  }
}

}  // namespace mn::detail
