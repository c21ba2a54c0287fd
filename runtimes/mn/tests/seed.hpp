// The seed of tests that draw lots: MN_SEED, or a new one each time. Printed on failure.
#pragma once

#include <cstdlib>
#include <random>

inline unsigned seed() {
  static const unsigned chosen = [] {
    const char* given = std::getenv("MN_SEED");
    return given ? static_cast<unsigned>(std::strtoul(given, nullptr, 10)) : std::random_device{}();
  }();
  return chosen;
}
