#include <harness/main/contender_main.hpp>
#include <os_threads/os_threads_model.hpp>

int main(int argc, char** argv) {
  return threadmark::contender_main<threadmark::os_threads_model>(argc, argv);
}
