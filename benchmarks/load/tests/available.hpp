// What the machine may lack that a test needs: the reason, or nothing.
#pragma once

#include <string>

#include "load/trial/cpu_taker.hpp"
#include "load/trial/misconfigured.hpp"
#include "load/trial/wrk.hpp"
#include "sleeper.hpp"

namespace threadmark::load {

inline std::string why_no_wrk() {
  try {
    (void)find_wrk();
    return {};
  } catch (const misconfigured& e) {
    return e.what();
  }
}

inline std::string why_no_taker() {
  try {
    const sleeper one;
    const cpu_taker taker(one.pid(), 50);
    return {};
  } catch (const misconfigured& e) {
    return e.what();
  }
}

}  // namespace threadmark::load
