#include "flags.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "../cells/bad_input.hpp"

namespace threadmark::harness {
namespace {

/// A flag's value, as typed; what cannot be is bad input that names the flag.
struct argument {
  std::string_view flag;
  std::string_view value;
  bool has_value;

  [[noreturn]] void refuse(const std::string& wanted) const {
    throw bad_input("--" + std::string(flag) + " takes " + wanted + ", not '" + std::string(value) + "'");
  }

  template <class Number>
  Number number(Number least, const std::string& wanted) const {
    Number result{};
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), result);
    if (error != std::errc{} || end != value.data() + value.size() || result < least) refuse(wanted);
    return result;
  }

  bool truth() const {
    if (!has_value || value == "true" || value == "1") return true;
    if (value == "false" || value == "0") return false;
    refuse("true or false");
  }

  std::string text() const {
    if (value.empty()) refuse("a value");
    return std::string(value);
  }

  std::string whole() const { return "--" + std::string(flag) + "=" + std::string(value); }
};

struct flag_entry {
  std::string_view name;
  std::string_view shown;
  std::string_view help;
  void (*take)(const argument&, flags&);
};

int open_descriptor(const argument& from, std::string_view text) {
  const int fd = argument{from.flag, text, true}.number(0, "two open file descriptors R,W");
  if (::fcntl(fd, F_GETFD) < 0) from.refuse("two open file descriptors R,W");
  return fd;
}

std::pair<int, int> two_descriptors(const argument& a) {
  const std::size_t comma = a.value.find(',');
  if (comma == std::string_view::npos) a.refuse("two open file descriptors R,W");
  return {open_descriptor(a, a.value.substr(0, comma)), open_descriptor(a, a.value.substr(comma + 1))};
}

void take_slowdown(const argument& a, flags& f) {
  constexpr const char* wanted = "a whole number from 1 to 100";
  f.slow_by_percent = a.number(1U, wanted);
  if (f.slow_by_percent > 100) a.refuse(wanted);
}

constexpr const char* a_min_time = "a time in seconds above 0, or a number of iterations as 100x";

void take_min_time(const argument& a, flags& f) {
  if (a.value.ends_with('x')) {
    const char* const last = a.value.data() + a.value.size() - 1;
    const auto [end, error] = std::from_chars(a.value.data(), last, f.iterations);
    if (error != std::errc{} || end != last || f.iterations < 1) a.refuse(a_min_time);
    return;
  }
  // Newer versions of the library want seconds with an "s", older ones without; both take the bare number.
  std::string number(a.value);
  if (number.ends_with('s')) number.pop_back();
  char* end = nullptr;
  const double seconds = std::strtod(number.c_str(), &end);
  if (number.empty() || *end != '\0' || !std::isfinite(seconds) || seconds <= 0) a.refuse(a_min_time);
  f.for_benchmark.push_back("--benchmark_min_time=" + number);
}

void take_out(const argument& a, flags& f) {
  f.out = a.text();
  const int fd = ::open(f.out.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  if (fd < 0) a.refuse("a file that can be written");
  ::close(fd);
  f.for_benchmark.push_back(a.whole());
}

constexpr std::array all_flags{
    flag_entry{"cores", "--cores=K", "how many cores the scheduler may use (default 1)",
               [](const argument& a, flags& f) { f.cores = a.number(1U, "a whole number from 1"); }},
    flag_entry{"cell", "--cell=NAME", "runs this cell instead of the standard ones; may be repeated",
               [](const argument& a, flags& f) { f.cells.push_back(a.text()); }},
    flag_entry{"variant", "--variant=NAME", "the model's other configuration",
               [](const argument& a, flags& f) { f.variant = std::string(a.value); }},
    flag_entry{
        "spin_steps_per_us", "--spin_steps_per_us=N", "steps of the work loop in a microsecond; else measured",
        [](const argument& a, flags& f) { f.spin_steps_per_us = a.number(std::uint64_t{1}, "a whole number from 1"); }},
    flag_entry{"ledger_fds", "--ledger_fds=R,W", "the memory ledger's pipe",
               [](const argument& a, flags& f) { f.ledger_fds = two_descriptors(a); }},
    flag_entry{"client_fds", "--client_fds=R,W", "the pipe to the client of the server workloads",
               [](const argument& a, flags& f) { f.client_fds = two_descriptors(a); }},
    flag_entry{"slow_by_percent", "--slow_by_percent=P", "spins at the end of every timed part, P % of what it took",
               take_slowdown},
    flag_entry{"capabilities", "--capabilities", "prints what the model has, as JSON, and exits",
               [](const argument& a, flags& f) { f.capabilities = a.truth(); }},
    flag_entry{"help", "--help", "prints this and exits", [](const argument& a, flags& f) { f.help = a.truth(); }},
    flag_entry{"benchmark_filter", "--benchmark_filter=REGEX", "runs only the cells whose names match",
               [](const argument& a, flags& f) { f.filter = std::string(a.value); }},
    flag_entry{"benchmark_repetitions", "--benchmark_repetitions=N", "repeats each cell",
               [](const argument& a, flags& f) {
                 static_cast<void>(a.number(1, "a whole number from 1"));
                 f.for_benchmark.push_back(a.whole());
               }},
    flag_entry{"benchmark_min_time", "--benchmark_min_time=SECONDS|Nx", "iterates a cell for so long, or N times",
               take_min_time},
    flag_entry{"benchmark_out", "--benchmark_out=FILE", "writes the results there, as JSON", take_out},
    flag_entry{"benchmark_out_format", "--benchmark_out_format=json", "the only format",
               [](const argument& a, flags&) {
                 if (a.value != "json") a.refuse("json");
               }},
    flag_entry{"benchmark_format", "--benchmark_format=console|json", "what is printed",
               [](const argument& a, flags& f) {
                 if (a.value != "console" && a.value != "json") a.refuse("console or json");
                 f.json_on_stdout = a.value == "json";
               }},
    flag_entry{"benchmark_list_tests", "--benchmark_list_tests", "prints the names of the cells and exits",
               [](const argument& a, flags& f) { f.list_tests = a.truth(); }},
    flag_entry{"benchmark_report_aggregates_only", "--benchmark_report_aggregates_only", "with repetitions",
               [](const argument& a, flags& f) {
                 f.for_benchmark.push_back(a.truth() ? "--benchmark_report_aggregates_only=true"
                                                     : "--benchmark_report_aggregates_only=false");
               }},
};

}  // namespace

flags parse_flags(std::span<const std::string_view> arguments, std::span<const std::string_view> variants) {
  flags result;
  for (const std::string_view one : arguments) {
    const std::string_view body = one.starts_with("--") ? one.substr(2) : std::string_view{};
    const std::size_t equals = body.find('=');
    const bool has_value = equals != std::string_view::npos;
    const argument given{body.substr(0, equals), has_value ? body.substr(equals + 1) : std::string_view{}, has_value};
    const auto* const known = std::find_if(all_flags.begin(), all_flags.end(),
                                           [&](const flag_entry& entry) { return entry.name == given.flag; });
    if (known == all_flags.end())
      throw bad_input("unknown flag '" + std::string(one) +
                      "'; known: " + listed(all_flags, [](const flag_entry& entry) { return entry.shown; }));
    known->take(given, result);
  }
  if (!result.variant.empty() && std::find(variants.begin(), variants.end(), result.variant) == variants.end())
    throw bad_input("unknown variant '" + result.variant +
                    "'; known: " + listed(variants, [](std::string_view name) { return name; }));
  return result;
}

std::string help_text(std::string_view program) {
  std::string text = "usage: " + std::string(program) + " [flags]\n";
  for (const flag_entry& entry : all_flags) {
    std::string shown(entry.shown);
    shown.resize(std::max<std::size_t>(shown.size() + 1, 36), ' ');
    text += "  " + shown + std::string(entry.help) + "\n";
  }
  return text;
}

}  // namespace threadmark::harness
