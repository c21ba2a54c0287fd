#include "mn/adapter/mn_model.hpp"
#include "stress/differential/main.hpp"

int main(int argc, char** argv) {
  return threadmark::differential::main_of<threadmark::mn_model>(argc, argv);
}
