#include "trial/trial.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "child/client_process.hpp"
#include "machine/cpu.hpp"
#include "machine/noise.hpp"
#include "memory_ledger/proc_text.hpp"
#include "plan/model_name.hpp"
#include "record/environment.hpp"
#include "support/errors.hpp"
#include "support/text.hpp"
#include "trial/outcome.hpp"

namespace threadmark::conductor {
namespace {

using json = nlohmann::ordered_json;

bool has_ledger(const workload& w) {
  return std::ranges::any_of(w.metrics, [](const metric& m) { return ledger::is_ledger_metric(m.name); });
}

double seconds(const timeval& t) {
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
}

json rusage_json(const rusage& u) {
  return {{"user_s", seconds(u.ru_utime)},
          {"sys_s", seconds(u.ru_stime)},
          // Never below what the conductor itself had resident at the fork: the kernel counts that into the child's.
          {"max_rss_bytes", std::int64_t{u.ru_maxrss} * 1024},
          {"voluntary_switches", u.ru_nvcsw},
          {"involuntary_switches", u.ru_nivcsw},
          {"minor_faults", u.ru_minflt},
          {"major_faults", u.ru_majflt}};
}

json parts_json(const ledger::parts& p) {
  json result = json::object();
  ledger::for_each_part([&](const char* name, auto part, auto) { result[name] = p.*part; });
  return result;
}

json ledger_json(const ledger::session& s) {
  if (!s.complete()) return {{"missing", "the contender did not ask for the snapshots"}};
  json sources = json::object();
  const auto& from = s.moments().front().taken.from;
  ledger::for_each_part([&](const char* name, auto, auto source) { sources[name] = from.*source; });
  if (!from.whole.empty()) sources["whole"] = from.whole;
  if (const auto source = s.of_a_task().source(); !source.empty()) sources["stack"] = source;
  json result = {{"sources", sources}, {"n", s.tasks()}};
  for (const auto& m : s.moments()) {
    result[m.name] = parts_json(m.taken.bytes);
    if (m.taken.bytes.whole) result[m.name]["whole"] = *m.taken.bytes.whole;
    result[m.name]["os_threads"] = m.taken.os_threads;
  }
  return result;
}

std::vector<std::string> arguments_for(const trial_context& context, const cell& c, const model_name& model,
                                       const std::filesystem::path& raw, bool with_ledger, bool with_client) {
  std::vector<std::string> result = {fmt::format("--cores={}", c.cores),
                                     "--cell=" + c.name(),
                                     "--benchmark_out=" + raw.string(),
                                     "--benchmark_out_format=json",
                                     fmt::format("--benchmark_min_time={}", context.min_time_s),
                                     fmt::format("--spin_steps_per_us={}", context.spin_steps_per_us)};
  if (with_ledger) result.push_back(fmt::format("--ledger_fds={},{}", ledger_read_fd, ledger_write_fd));
  if (with_client) result.push_back(fmt::format("--client_fds={},{}", client_read_fd, client_write_fd));
  if (!model.variant.empty()) result.push_back("--variant=" + model.variant);
  if (model.slow_by_percent != 0) result.push_back(fmt::format("--slow_by_percent={}", model.slow_by_percent));
  return result;
}

/// A cgroup for the child where it is of use: to hold a limit, or to count its memory.
std::optional<child_cgroup> cgroup_for(const std::optional<std::uint64_t>& limit_bytes, bool with_ledger) {
  static const auto place = own_cgroup("memory");
  if (!place || (!limit_bytes && !with_ledger)) return std::nullopt;
  return child_cgroup::make(*place, limit_bytes);
}

/// The limit that was asked for, or the cell's own `memory_mb`: whichever is lower.
std::optional<std::uint64_t> memory_limit_of(const trial_context& context, const cell& c) {
  auto limit = context.memory_limit_bytes;
  for (const auto& [name, value] : c.params) {
    if (name != "memory_mb") continue;
    const auto own = static_cast<std::uint64_t>(value) << 20;
    limit = std::min(limit.value_or(own), own);
  }
  return limit;
}

json limit_json(std::uint64_t bytes, const std::optional<child_cgroup>& cgroup) {
  return {
      {"bytes", bytes},
      {"by", cgroup ? fmt::format("cgroup v{}: pages and kernel memory of all its processes", cgroup->version())
                    : std::string("polled every 20 ms: pages and page tables of the process, without kernel stacks")}};
}

/// What the contender has printed; nothing where it made no file. One that is there and cannot be read is no fault of
/// the contender's.
std::optional<std::string> read_raw(const std::filesystem::path& file) {
  auto text = ledger::read_text(file);
  if (!text && errno != ENOENT) throw broken(fmt::format("cannot read {}: {}", file.string(), std::strerror(errno)));
  return text;
}

json params_json(const cell& c) {
  json result = json::object();
  for (const auto& [name, value] : c.params) result[name] = value;
  result["cores"] = c.cores;
  return result;
}

}  // namespace

trial_result run_trial(const trial_context& context, const plan& of, const planned_trial& which, signals& ours) {
  const auto& c = of.cells[which.cell];
  const auto model = parse_model(which.model);
  const auto& program = context.models->at(model.contender());
  const auto raw = fmt::format("raw/{:06}.json", which.order);
  const auto raw_file = context.folder / raw;
  std::error_code ignored;
  std::filesystem::remove(raw_file, ignored);  // of a trial that was cut short

  const bool with_ledger = has_ledger(*c.what);
  const auto memory_limit = memory_limit_of(context, c);
  auto cgroup = cgroup_for(memory_limit, with_ledger);
  auto cpus = allowed_cpus();
  const std::vector<unsigned> others(cpus.begin() + std::min<std::ptrdiff_t>(std::ssize(cpus), c.cores), cpus.end());
  cpus.resize(std::min<std::size_t>(cpus.size(), c.cores));  // the contender pins itself to these
  std::optional<client_process> client;
  if (c.what->needs_a_client()) client.emplace(context.client, others, ours);
  pid_t child = -1;
  std::optional<ledger::session> session;
  if (with_ledger) {
    ledger::places where;
    if (cgroup) where.own_cgroup = cgroup->folder();
    session.emplace([&child, where](std::string& error) { return ledger::read_memory(child, where, error); },
                    [&child](const ledger::stack_place& stack) { return ledger::touched_bytes(child, stack); });
  }

  const auto started = utc_now();
  const auto steal = steal_ticks_now(cpus), killed = oom_kills();
  const auto load = load1();
  supervision how{.time_limit_s = context.time_limit_s,
                  .polled_limit_bytes = cgroup ? std::nullopt : memory_limit,
                  .cgroup = cgroup ? &*cgroup : nullptr,
                  .ledger = session ? &*session : nullptr,
                  .started = &child,
                  .beside = client ? client->process() : -1};
  seen_of_trial seen;
  seen.end = supervise({.program = program.program,
                        .arguments = arguments_for(context, c, model, raw_file, with_ledger, client.has_value()),
                        .with_ledger = with_ledger,
                        .cgroup_procs_fd = cgroup ? cgroup->procs_fd() : -1,
                        .descriptors = client ? client->for_contender() : std::array<handed_over, 2>{}},
                       how, ours);
  const auto stolen = steal_ticks_now(cpus) - steal;

  trial_result result;
  result.seconds = seen.end.seconds;
  result.interrupted = seen.end.by == ended_by::interrupt;
  if (result.interrupted) {
    std::filesystem::remove(raw_file, ignored);
    return result;
  }
  seen.raw = read_raw(raw_file);
  seen.killed_for_memory = cgroup && memory_limit ? cgroup->oom_kills() > 0 : oom_kills() > killed;
  seen.ledger = session ? &*session : nullptr;
  auto v = judge({&c, model, program.version, context.time_limit_s, memory_limit}, seen);

  if (v.outcome == "misconfigured" && client) {
    if (const auto said = trim(client->errors()); !said.empty()) v.reason += fmt::format(" ({})", said);
  }

  result.stolen = is_stolen(stolen, static_cast<unsigned>(cpus.size()), seen.end.seconds);
  result.outcome = v.outcome;
  const auto how_expressed = v.expressed.empty() ? expressed(c, program) : v.expressed;
  result.line = {{"schema", 1},
                 {"run", context.run},
                 {"block", which.block},
                 {"order", which.order},
                 {"model", which.model},
                 {"model_version", program.version},
                 {"workload", c.what->name},
                 {"params", params_json(c)},
                 {"expressed", how_expressed.empty() ? json(nullptr) : json(how_expressed)},
                 {"outcome", v.outcome},
                 {"reason", v.outcome == "ok" ? json(nullptr) : json(v.reason)},
                 {"effective", v.effective.empty() ? json(nullptr) : v.effective},
                 {"metrics", v.metrics},
                 {"rusage", rusage_json(seen.end.usage)},
                 {"noise", {{"steal_ticks", stolen}, {"load1", load < 0 ? json(nullptr) : json(load)}}},
                 {"raw", seen.raw ? json(raw) : json(nullptr)},
                 {"started", started},
                 {"duration_s", seen.end.seconds}};
  if (session) result.line["ledger"] = ledger_json(*session);
  if (memory_limit) result.line["memory_limit"] = limit_json(*memory_limit, cgroup);
  if (result.stolen) result.line["marks"] = {"stolen_time"};
  return result;
}

}  // namespace threadmark::conductor
