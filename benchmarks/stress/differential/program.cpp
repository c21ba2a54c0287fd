#include "stress/differential/program.hpp"

#include <nlohmann/json.hpp>
#include <stdexcept>

namespace threadmark::differential {

using nlohmann::json;

// Found by the library in the enumerations' own namespace.
NLOHMANN_JSON_SERIALIZE_ENUM(stage_kind, {{stage_kind::source, "source"},
                                          {stage_kind::map, "map"},
                                          {stage_kind::merge, "merge"},
                                          {stage_kind::zip, "zip"},
                                          {stage_kind::call, "call"},
                                          {stage_kind::server, "server"},
                                          {stage_kind::tree, "tree"},
                                          {stage_kind::count, "count"},
                                          {stage_kind::sink, "sink"},
                                          {stage_kind::late, "late"}})

NLOHMANN_JSON_SERIALIZE_ENUM(manner, {{manner::plain, "plain"},
                                      {manner::select, "select"},
                                      {manner::timeout, "timeout"},
                                      {manner::try_again, "try"}})

namespace {

/// An enumerator by its name; the library's own conversion takes an unknown name for the first one.
template <class E>
E named(const json& from, const char* key) {
  const E value = from.at(key).get<E>();
  if (json(value) != from.at(key)) throw std::runtime_error("unknown " + std::string(key) + " " + from.at(key).dump());
  return value;
}

channel_plan channel_of(const json& j) {
  return {.capacity = j.at("capacity"),
          .plain = j.at("plain"),
          .producers = j.at("producers"),
          .closer = j.at("closer"),
          .counted = j.at("counted")};
}

stage stage_of(const json& j) {
  stage s;
  s.kind = named<stage_kind>(j, "kind");
  if (j.contains("take")) s.take = named<manner>(j, "take");
  if (j.contains("give")) s.give = named<manner>(j, "give");
  s.ins = j.value("ins", s.ins);
  s.outs = j.value("outs", s.outs);
  s.server = j.value("server", s.server);
  s.replies = j.value("replies", s.replies);
  s.to_all = j.value("to_all", s.to_all);
  s.workers = j.value("workers", s.workers);
  s.n = j.value("n", s.n);
  s.seed = j.value("seed", s.seed);
  s.mul = j.value("mul", s.mul);
  s.add = j.value("add", s.add);
  s.drop = j.value("drop", s.drop);
  s.depth = j.value("depth", s.depth);
  s.width = j.value("width", s.width);
  s.sum = j.value("sum", s.sum);
  s.gate = j.value("gate", s.gate);
  s.digest = j.value("digest", s.digest);
  s.ordered = j.value("ordered", s.ordered);
  return s;
}

json to_array(const digest& d) {
  return json::array({d.count, d.sum, d.order});
}

}  // namespace

program parse(std::string_view line) {
  const json j = json::parse(line);
  program p;
  for (const json& c : j.at("channels")) p.channels.push_back(channel_of(c));
  for (const json& s : j.at("stages")) p.stages.push_back(stage_of(s));
  p.gates = j.at("gates").get<std::vector<int>>();
  p.sums = j.at("sums");
  p.digests = j.at("digests");
  return p;
}

std::string to_json(const result& r) {
  json digests = json::array();
  for (const digest& d : r.digests) digests.push_back(to_array(d));
  json channels = json::array();
  for (const digest& d : r.channels) channels.push_back(to_array(d));
  return json{{"sums", r.sums},       {"digests", digests}, {"channels", channels},
              {"refused", r.refused}, {"began", r.began},   {"ended", r.ended}}
      .dump();
}

}  // namespace threadmark::differential
