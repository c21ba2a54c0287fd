#include "trial/outcome.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "support/text.hpp"
#include "trial/contender_json.hpp"

namespace threadmark::conductor {
namespace {

constexpr int outcome_exit_code = 3;
constexpr std::size_t quoted_errors = 600;

std::string signal_name(int number) {
  const char* name = ::sigabbrev_np(number);
  return name ? fmt::format("SIG{}", name) : fmt::format("signal {}", number);
}

/// What of standard error tells why: the end. Only Go and mn say why first and then print every goroutine or task:
/// there it is the paragraph that says so.
std::string_view telling(std::string_view errors) {
  for (const std::string_view opening : {"fatal error: ", "panic: ", "mn: "}) {
    auto at = errors.find(opening);
    while (at != errors.npos && at != 0 && errors[at - 1] != '\n') at = errors.find(opening, at + 1);
    if (at != errors.npos) return errors.substr(at, std::min(errors.find("\n\n", at) - at, quoted_errors));
  }
  return errors;
}

/// `what`, and the telling part of standard error where there is one.
std::string with_errors(const std::string& what, const std::string& errors) {
  const auto part = one_line(telling(errors), quoted_errors);
  return part.empty() ? what + "; nothing on standard error" : what + ": " + part;
}

/// The kernel's out-of-memory killer uses SIGKILL; so may others, which is why this alone says nothing.
bool killed_by_kernel(int status) {
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

/// The last line of standard error, when it is `threadmark: OUTCOME: REASON` with an outcome a contender may give.
bool told(const std::string& errors, verdict& into) {
  auto last = trim(errors);
  if (const auto end = last.rfind('\n'); end != std::string_view::npos) last.remove_prefix(end + 1);
  for (const char* outcome : {"limit", "wrong_answer", "misconfigured", "unsupported"}) {
    const auto opening = fmt::format("threadmark: {}: ", outcome);
    if (last.starts_with(opening) && !trim(last.substr(opening.size())).empty()) {
      into.outcome = outcome;
      into.reason = one_line(last.substr(opening.size()), quoted_errors);
      if (into.outcome == "unsupported") into.expressed = "unsupported";
      return true;
    }
  }
  return false;
}

/// The rules for a child that did not end well by itself. False: it did.
bool ended_badly(const asked_of_trial& asked, const seen_of_trial& seen, verdict& v) {
  const auto& end = seen.end;
  v.outcome = "crash";
  if (end.by == ended_by::time_limit) {
    v.outcome = "timeout";
    v.reason = fmt::format("no result within {} s; killed", asked.time_limit_s);
  } else if (end.by == ended_by::memory_limit || (seen.killed_for_memory && killed_by_kernel(end.status))) {
    v.outcome = "limit";
    v.reason = asked.memory_limit_bytes ? fmt::format("memory: more than the trial's limit of {}; killed",
                                                      human_bytes(*asked.memory_limit_bytes))
                                        : std::string("memory: the machine ran out of it; killed by the kernel");
  } else if (end.by == ended_by::ledger_fault) {
    v.reason = seen.ledger ? seen.ledger->fault() : "memory ledger";
  } else if (WIFSIGNALED(end.status)) {
    v.reason = with_errors(signal_name(WTERMSIG(end.status)), end.errors);
  } else if (WEXITSTATUS(end.status) == outcome_exit_code && told(end.errors, v)) {
    return true;
  } else if (WEXITSTATUS(end.status) != 0) {
    v.reason = with_errors(fmt::format("exit code {}", WEXITSTATUS(end.status)), end.errors);
  } else {
    return false;
  }
  return true;
}

/// What differs between the configuration asked for and the one in effect; empty: nothing.
std::string differs(const asked_of_trial& asked, const contender_report& report) {
  const auto text = [](const std::string& s) { return s.empty() ? std::string("none") : "'" + s + "'"; };
  if (report.model != asked.model.base) {
    return fmt::format("asked for model '{}', it is '{}'", asked.model.base, report.model);
  }
  if (report.variant != asked.model.variant) {
    return fmt::format("asked for variant {}, it is {}", text(asked.model.variant), text(report.variant));
  }
  if (report.version != asked.version) {
    return fmt::format("the program's version was {} when the run began, now it is {}", asked.version, report.version);
  }
  const auto cores = report.numbers.find("effective_cores");
  if (cores == report.numbers.end()) return "contender did not say how many cores it used (effective_cores)";
  if (cores->second != asked.what->cores) {
    return fmt::format("asked for {} cores, {} in effect", asked.what->cores, cores->second);
  }
  const auto slowed = report.numbers.find("effective_slow_by_percent");
  const double percent = slowed == report.numbers.end() ? 0 : slowed->second;
  if (percent != asked.model.slow_by_percent) {
    return fmt::format("asked for {} % slower, {} % in effect", asked.model.slow_by_percent, percent);
  }
  return {};
}

nlohmann::ordered_json number(double value) {
  if (value == std::floor(value) && std::abs(value) < 9e15) return static_cast<std::int64_t>(value);
  return value;
}

/// The catalogue's metrics, the ledger's from the ledger, the others from the contender. False: one of the contender's
/// is missing.
bool take_metrics(const asked_of_trial& asked, const seen_of_trial& seen, const contender_report& report, verdict& v) {
  std::map<std::string, double> values = report.numbers;
  std::erase_if(values, [](const auto& entry) { return ledger::is_ledger_metric(entry.first); });
  if (seen.ledger && seen.ledger->complete()) {
    for (const auto& [name, value] : seen.ledger->metrics()) values[name] = value;
  }
  for (const auto& m : asked.what->what->metrics) {
    const auto at = values.find(m.name);
    if (at != values.end() && std::isfinite(at->second)) {
      v.metrics[m.name] = {{"value", at->second}, {"unit", m.unit}, {"better", m.better}};
    } else if (!ledger::is_ledger_metric(m.name)) {
      v.reason = fmt::format("contender gave no {}", m.name);
      return false;
    }
  }
  return true;
}

}  // namespace

verdict judge(const asked_of_trial& asked, const seen_of_trial& seen) {
  verdict v;
  if (ended_badly(asked, seen, v)) return v;
  std::string error = "contender printed no JSON";
  const auto report =
      seen.raw && !trim(*seen.raw).empty() ? read_contender_json(*seen.raw, asked.what->name(), error) : std::nullopt;
  if (!report) {
    v.reason = with_errors(error, seen.end.errors);
    return v;
  }
  constexpr std::string_view prefix = "effective_";
  for (const auto& [name, value] : report->numbers) {
    if (name.starts_with(prefix)) v.effective[name.substr(prefix.size())] = number(value);
  }
  const bool labelled = report->label == "native" || report->label == "composed";
  if (labelled) v.expressed = report->label;
  v.reason = differs(asked, *report);
  if (!v.reason.empty()) {
    v.outcome = "misconfigured";
  } else if (!labelled) {
    v.reason = fmt::format("contender's label is '{}', neither native nor composed", report->label);
  } else if (take_metrics(asked, seen, *report, v)) {
    v.outcome = "ok";
  }
  if (v.outcome != "ok") v.metrics = nlohmann::ordered_json::object();
  return v;
}

}  // namespace threadmark::conductor
