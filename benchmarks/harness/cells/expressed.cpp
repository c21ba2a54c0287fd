#include "expressed.hpp"

#include <nlohmann/json.hpp>

namespace threadmark::harness {
namespace {

int weakness(label l) {
  switch (l) {
    case label::native: return 0;
    case label::composed: return 1;
    case label::unsupported: return 2;
  }
  return 2;
}

}  // namespace

cell_expression expressed(const cell& which, expression (*express)(capability)) {
  cell_expression weakest;
  bool first = true;
  for (const capability used : used_by(which)) {
    const expression one = express(used);
    if (first || weakness(one.how) > weakness(weakest.how)) weakest = {one.how, used, one.by};
    first = false;
  }
  return weakest;
}

std::string capabilities_json(std::string_view model, std::string_view version,
                              std::span<const std::string_view> variants, expression (*express)(capability)) {
  nlohmann::ordered_json document;
  document["model"] = model;
  document["model_version"] = version;
  document["variants"] = nlohmann::ordered_json::array();
  for (const std::string_view variant : variants) document["variants"].push_back(variant);
  for (const capability one : all_capabilities) {
    const expression how = express(one);
    document["capabilities"][std::string(to_string(one))] = {{"label", to_string(how.how)}, {"by", how.by}};
  }
  return document.dump();
}

}  // namespace threadmark::harness
