#include <harness/main/contender_main.hpp>
#include <tbb/tbb_model.hpp>

int main(int argc, char** argv) {
  return threadmark::contender_main<threadmark::tbb_model>(argc, argv);
}
