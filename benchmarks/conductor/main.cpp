// threadmark: plans trials, runs each in a process of its own, records them.
#include <fmt/format.h>

#include <cstdio>
#include <exception>

#include "support/errors.hpp"
#include "verbs/verbs.hpp"

int main(int argc, char** argv) {
  using namespace threadmark::conductor;
  try {
    const auto o = parse_command_line(argc, argv);
    if (o.what == verb::help) {
      fmt::print("{}", o.help);
      return 0;
    }
    // These become another program, so they come before anything of ours is set up.
    if (o.what == verb::claim) return claim_verb(o);
    if (o.what == verb::compare) return compare_verb(o);
    signals ours;
    switch (o.what) {
      case verb::run: return run_verb(o, ours);
      case verb::list: return list_verb(o, ours);
      case verb::doctor: return doctor_verb(o, ours);
      case verb::limits: return limits_verb(o, ours);
      case verb::claim:
      case verb::compare:
      case verb::help: break;
    }
    return 0;
  } catch (const usage_error& e) {
    fmt::print(stderr, "threadmark: {}\n", e.what());
    return 2;
  } catch (const interrupted& e) {
    return 128 + e.signal;
  } catch (const std::exception& e) {
    fmt::print(stderr, "threadmark: {}\n", e.what());
    return 1;
  }
}
