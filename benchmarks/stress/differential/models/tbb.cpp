#include "stress/differential/main.hpp"
#include "tbb/tbb_model.hpp"

int main(int argc, char** argv) {
  return threadmark::differential::main_of<threadmark::tbb_model>(argc, argv);
}
