#include <boost_fiber/boost_fiber_model.hpp>
#include <harness/main/contender_main.hpp>

int main(int argc, char** argv) {
  return threadmark::contender_main<threadmark::boost_fiber_model>(argc, argv);
}
