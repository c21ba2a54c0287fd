// A contender on the tests' own model, whose variants are its planted faults.
#include <harness/main/contender_main.hpp>
#include <workloads/tests/reference_model.hpp>

int main(int argc, char** argv) {
  return threadmark::contender_main<threadmark::reference_model>(argc, argv);
}
