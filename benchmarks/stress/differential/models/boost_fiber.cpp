#include "boost_fiber/boost_fiber_model.hpp"
#include "stress/differential/main.hpp"

int main(int argc, char** argv) {
  return threadmark::differential::main_of<threadmark::boost_fiber_model>(argc, argv);
}
