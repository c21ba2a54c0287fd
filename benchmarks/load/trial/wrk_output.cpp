#include "load/trial/wrk_output.hpp"

#include <array>
#include <utility>
#include <vector>

#include "support/text.hpp"

namespace threadmark::load {

using conductor::split;

const std::string_view wrk_script = R"(function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format("threadmark: requests %d bytes %d connect %d read %d write %d status %d timeout %d\n",
    summary.requests, summary.bytes, e.connect, e.read, e.write, e.status, e.timeout))
end
)";

std::optional<wrk_totals> parse_wrk(std::string_view output) {
  wrk_totals t;
  const std::array<std::pair<std::string_view, std::uint64_t*>, 7> expected{{{"requests", &t.requests},
                                                                             {"bytes", &t.bytes},
                                                                             {"connect", &t.connect},
                                                                             {"read", &t.read},
                                                                             {"write", &t.write},
                                                                             {"status", &t.status},
                                                                             {"timeout", &t.timeout}}};
  for (const auto& line : split(output, '\n')) {
    const auto words = split(line, ' ');
    if (words.size() != 1 + 2 * expected.size() || words[0] != "threadmark:") continue;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const auto number = conductor::whole_number(words[2 + 2 * i]);
      if (words[1 + 2 * i] != expected[i].first || !number) return std::nullopt;
      *expected[i].second = static_cast<std::uint64_t>(*number);
    }
    return t;
  }
  return std::nullopt;
}

std::string wrk_complaint(std::string_view output) {
  std::string last = "it said nothing";
  for (const auto& line : split(output, '\n')) {
    if (const auto text = conductor::trim(line); !text.empty()) last = text;
  }
  return conductor::one_line(last, 200);
}

}  // namespace threadmark::load
