// The main of a differential_MODEL: reads a program a line, runs it, and writes its result, one line, at once.
#pragma once

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

/// What main_of does, with the number of the line that it has come to.
template <threading_model M>
void run_all(const flags& asked, int& number) {
  typename M::runtime runtime(runtime_options{.cores = asked.cores, .variant = {}});
  for (std::string line; std::getline(std::cin, line);) {
    ++number;
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
    std::cout << to_json(r) << '\n' << std::flush;
  }
}

template <threading_model M>
int main_of(int argc, char** argv) {
  int number = 0;
  try {
    run_all<M>(read_flags(argc, argv), number);
    return 0;
  } catch (const std::exception& e) {
    constexpr std::string_view name = M::name;
    std::fprintf(stderr, "differential_%.*s: line %d: %s\n", static_cast<int>(name.size()), name.data(), number,
                 e.what());
    return 2;
  }
}

}  // namespace threadmark::differential
