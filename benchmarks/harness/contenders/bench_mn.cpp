#include <harness/main/contender_main.hpp>
#include <mn/adapter/mn_model.hpp>

int main(int argc, char** argv) {
  return threadmark::contender_main<threadmark::mn_model>(argc, argv);
}
