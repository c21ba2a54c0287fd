#include "os_threads/os_threads_model.hpp"
#include "stress/differential/main.hpp"

int main(int argc, char** argv) {
  return threadmark::differential::main_of<threadmark::os_threads_model>(argc, argv);
}
