// The main of a differential_MODEL: reads a program a line, runs it, and writes its result, one line, at once.
#pragma once

#include <charconv>
#include <cstdio>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>

#include "model.hpp"
#include "stress/differential/interpreter.hpp"
#include "stress/differential/program.hpp"

namespace threadmark::differential {

struct flags {
  unsigned cores = 1;
  fault planted = fault::none;
};

/// Says what is wrong, and ends the process with 2.
flags read_flags(int argc, char** argv);

template <threading_model M>
int main_of(int argc, char** argv) {
  const flags asked = read_flags(argc, argv);
  typename M::runtime runtime(runtime_options{.cores = asked.cores, .variant = {}});
  int number = 0;
  for (std::string line; std::getline(std::cin, line);) {
    ++number;
    try {
      const program p = parse(line);
      std::optional<interpreter<M>> run;
      runtime.run([&] {
        run.emplace(p, asked.planted);
        run->start();
      });
      result r;
      runtime.run([&] {  // what a model makes, it may want to end in a task
        r = run->take();
        run.reset();
      });
      std::cout << to_json(r) << std::endl;
    } catch (const std::exception& e) {
      std::fprintf(stderr, "differential_%s: line %d: %s\n", std::string(M::name).c_str(), number, e.what());
      return 2;
    }
  }
  return 0;
}

}  // namespace threadmark::differential
