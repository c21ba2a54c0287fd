#include "plan/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "plan/model_name.hpp"
#include "plan/order.hpp"
#include "support/errors.hpp"
#include "support/text.hpp"

namespace threadmark::conductor {
namespace {

template <class T>
bool has(const std::vector<T>& items, const T& item) {
  return std::ranges::find(items, item) != items.end();
}

template <class T>
void add_once(std::vector<T>& items, const T& item) {
  if (!has(items, item)) items.push_back(item);
}

std::vector<std::string> choose_workloads(const catalog& known, const settings& asked) {
  for (const auto& name : asked.workloads) {
    if (!known.find(name)) throw usage_error(unknown("workload", name, known.names()));
  }
  const auto chosen = asked.workloads.empty() ? known.names() : asked.workloads;
  for (const auto& [param, values] : asked.params) {
    if (!has(known.param_names(), param)) throw usage_error(unknown("parameter", param, known.param_names()));
    std::vector<std::string> theirs;
    for (const auto& name : chosen) {
      for (const auto& p : known.find(name)->params) add_once(theirs, p.name);
    }
    if (!has(theirs, param)) throw usage_error(unknown("parameter of " + join(chosen, " or "), param, theirs));
  }
  return chosen;
}

std::vector<unsigned> choose_cores(const profile& chosen, const settings& asked, unsigned cpus,
                                   std::vector<std::string>& warnings) {
  std::vector<unsigned> result;
  for (const auto& text : asked.cores.empty() ? chosen.cores : asked.cores) {
    const auto number = text == "all" ? std::optional<std::int64_t>(cpus) : whole_number(text);
    if (!number || *number < 1) throw usage_error(unknown("number of cores", text, {"1, 2, … or all"}));
    if (*number > cpus) {
      warnings.push_back(fmt::format("cores {} left out: this process may use {} CPUs", *number, cpus));
    } else {
      add_once(result, static_cast<unsigned>(*number));
    }
  }
  if (result.empty()) throw usage_error(fmt::format("no number of cores is left: this process may use {} CPUs", cpus));
  return result;
}

/// The models to run. A run always has a twin (the A/A comparison): it is the noise floor of every figure.
std::vector<std::string> choose_models(const profile& chosen, const settings& asked, const offer& machine) {
  std::vector<std::string> models = chosen.models;
  for (const auto& e : chosen.own) add_once(models, e.model);
  if (!asked.models.empty()) {
    auto known = models;
    for (const auto& m : machine.known_models) add_once(known, m);
    models.clear();
    for (const auto& m : asked.models) {
      // A variant can only be checked by asking its program, later; here its program must be known.
      if (!is_model_name(m) || (!has(known, first_name(m)) && !has(known, parse_model(m).base))) {
        throw usage_error(unknown("model", m, known));
      }
      add_once(models, m);
    }
  }
  if (!chosen.again.empty() && std::ranges::none_of(models, is_twin)) {
    const auto plain = std::ranges::find_if(models, [](const auto& m) { return m.find('.') == std::string::npos; });
    if (has(models, chosen.again)) {
      add_once(models, chosen.again + std::string(twin_suffix));
    } else if (plain != models.end()) {
      add_once(models, *plain + std::string(twin_suffix));
    }
  }
  return models;
}

/// The cores of a grid's cells: those that were asked for, else its own, as far as there are so many, else the run's.
std::vector<unsigned> cores_for(const grid& g, const settings& asked, const std::vector<unsigned>& of_run,
                                unsigned cpus) {
  const auto own = g.find(cores_of_grid);
  if (own == g.end() || !asked.cores.empty()) return of_run;
  std::vector<unsigned> result;
  for (const auto k : own->second) {
    if (k <= cpus) add_once(result, static_cast<unsigned>(k));
  }
  return result;
}

/// What a model runs. It is `only` that where the model is not in the profile's list and has its own cells.
struct share {
  grids cells;
  bool only;
};

share share_of(const profile& chosen, const std::string& model) {
  const auto name = first_name(model);
  auto own = std::ranges::find(chosen.own, model, &own_cells::model);
  if (own == chosen.own.end()) own = std::ranges::find(chosen.own, name, &own_cells::model);
  if (own == chosen.own.end()) return {chosen.cells, false};
  if (!has(chosen.models, name)) return {own->cells, true};
  auto cells = own->cells;
  cells.insert(chosen.cells.begin(), chosen.cells.end());  // keeps its own where both have the workload
  return {std::move(cells), false};
}

/// Every combination of a grid's values, the parameters in the catalogue's order.
std::vector<cell> expand(const workload& w, const grid& g, const settings& asked, const std::vector<unsigned>& cores) {
  std::vector<cell> result;
  result.reserve(cores.size());
  const auto its = g.find(blocks_of_grid);
  const int blocks = its == g.end() || asked.blocks ? 0 : static_cast<int>(its->second.front());
  for (const unsigned k : cores) result.push_back({&w, {}, k, {}, blocks});
  for (const auto& p : w.params) {
    auto values = p.values;
    if (const auto at = g.find(p.name); at != g.end()) values = at->second;
    if (const auto at = asked.params.find(p.name); at != asked.params.end()) values = at->second;
    std::vector<cell> longer;
    for (const auto& c : result) {
      for (const auto v : values) {
        longer.push_back(c);
        longer.back().params.emplace_back(p.name, v);
      }
    }
    result = std::move(longer);
  }
  return result;
}

/// The client of a server workload has CPUs of its own.
void leave_cpus_for_clients(std::vector<cell>& cells, unsigned cpus, std::vector<std::string>& warnings) {
  std::vector<std::string> without;
  for (const auto& c : cells) {
    if (c.what->needs_a_client() && c.cores >= cpus) {
      add_once(without, fmt::format("{} on {} cores left out: this process may use {} CPUs, and none of them would be "
                                    "left for the client",
                                    c.what->name, c.cores, cpus));
    }
  }
  std::erase_if(cells, [&](const cell& c) { return c.what->needs_a_client() && c.cores >= cpus; });
  warnings.insert(warnings.end(), without.begin(), without.end());
}

/// `cores` are the run's, `cpus` those that there are.
void add_cells_of(const std::string& model, const workload& w, const std::vector<grid>& list, const settings& asked,
                  const std::vector<unsigned>& cores, unsigned cpus, std::vector<cell>& cells) {
  for (const auto& g : list) {
    for (auto& c : expand(w, g, asked, cores_for(g, asked, cores, cpus))) {
      const auto same = std::ranges::find_if(
          cells, [&](const cell& o) { return o.what == c.what && o.params == c.params && o.cores == c.cores; });
      const int blocks = c.blocks;
      auto& into = same == cells.end() ? cells.emplace_back(std::move(c)) : *same;
      // Models are compared within a block: where one is to be in more of them, so are the others.
      if (into.blocks != 0) into.blocks = blocks == 0 ? 0 : std::max(into.blocks, blocks);
      add_once(into.models, model);
    }
  }
}

void lay_out(plan& p, std::uint32_t seed, bool abba) {
  int order = 0;
  const int step = abba ? 2 : 1;
  for (int block = 1; block <= p.blocks; block += step) {
    generator random(seed, static_cast<std::uint32_t>(block));
    std::vector<std::size_t> cells(p.cells.size());
    std::iota(cells.begin(), cells.end(), std::size_t{0});
    shuffle(cells, random);
    for (const auto c : cells) {
      auto models = p.cells[c].models;
      shuffle(models, random);
      const int last = p.cells[c].blocks == 0 ? p.blocks : std::min(p.blocks, p.cells[c].blocks);
      for (int b = block; b < block + step && b <= last; ++b) {
        for (const auto& m : models) p.trials.push_back({b, ++order, c, m});
        std::ranges::reverse(models);
      }
    }
  }
}

}  // namespace

std::string cell::name() const {
  std::string result = what->name;
  for (const auto& [param, value] : params) result += fmt::format("/{}:{}", param, value);
  return result;
}

std::size_t plan::cell_count() const {
  return std::accumulate(cells.begin(), cells.end(), std::size_t{0},
                         [](std::size_t sum, const cell& c) { return sum + c.models.size(); });
}

plan make_plan(const catalog& known, const profile& chosen, const settings& asked, const offer& machine) {
  plan result;
  result.blocks = asked.blocks.value_or(chosen.blocks);
  const auto workloads = choose_workloads(known, asked);
  const auto cores = choose_cores(chosen, asked, machine.cpus, result.warnings);
  const auto models = choose_models(chosen, asked, machine);
  static const std::vector<grid> whole_catalogue = {{}};
  for (const auto& name : workloads) {
    for (const auto& model : models) {
      const auto its = share_of(chosen, model);
      const auto at = its.cells.find(name);
      if (at != its.cells.end()) {
        add_cells_of(model, *known.find(name), at->second, asked, cores, machine.cpus, result.cells);
      } else if (!asked.workloads.empty() && !its.only) {
        add_cells_of(model, *known.find(name), whole_catalogue, asked, cores, machine.cpus, result.cells);
      }
    }
  }
  leave_cpus_for_clients(result.cells, machine.cpus, result.warnings);
  for (const auto& m : models) {
    if (std::ranges::any_of(result.cells, [&](const cell& c) { return has(c.models, m); })) result.models.push_back(m);
  }
  if (result.cells.empty()) {
    throw usage_error(fmt::format("nothing to run: profile '{}' has no cell for {} in {}", chosen.name, join(models),
                                  join(workloads)));
  }
  lay_out(result, asked.seed.value_or(0), chosen.abba);
  return result;
}

}  // namespace threadmark::conductor
