// Wrong uses of memory in tasks, planted. Arguments: which one, and how many cores.
#include <cstdlib>
#include <cstring>
#include <mn/mn.hpp>
#include <string_view>

namespace {

int* passed_on = nullptr;

[[gnu::noinline]] void overruns_its_buffer(int n) {
  char buffer[16];
  char* at = buffer;
  asm volatile("" : "+r"(at) : : "memory");  // or UndefinedBehaviorSanitizer, which knows the array, is first to see it
  at[n] = 1;
}

[[gnu::noinline]] void makes_it() {
  passed_on = new int(1);
}
[[gnu::noinline]] void frees_it() {
  delete passed_on;
  asm volatile("" : : : "memory");  // no tail call: this function is to stand in the report
}
[[gnu::noinline]] void uses_it() {
  *const_cast<volatile int*>(passed_on) = 2;
}

// NOLINTBEGIN(clang-analyzer-core.StackAddressEscape): what is planted
[[gnu::noinline]] void passes_a_local_on() {
  int local[4] = {1, 2, 3, 4};
  passed_on = local;
  asm volatile("" : : "r"(passed_on) : "memory");
}

[[gnu::noinline]] void uses_it_after_the_scope() {
  {
    int local = 1;
    passed_on = &local;
    asm volatile("" : : "r"(passed_on) : "memory");
  }
  uses_it();
}
// NOLINTEND(clang-analyzer-core.StackAddressEscape)

/// Each as a task of its own, one after the other.
template <class... F>
void in_turn(F... f) {
  (
      [](auto step) {
        mn::wait_group wg;
        wg.go([step] {
          mn::yield();
          step();
        });
        wg.wait();
      }(f),
      ...);
}

}  // namespace

int main(int, char** arguments) {
  const std::string_view what = arguments[1];
  mn::runtime rt({.cores = static_cast<unsigned>(std::atoi(arguments[2]))});
  rt.run([&] {
    if (what == "stack_buffer_overflow") in_turn([] { overruns_its_buffer(16); });
    if (what == "heap_use_after_free") in_turn(makes_it, frees_it, uses_it);
    if (what == "stack_use_after_return") {
      in_turn([] {
        passes_a_local_on();
        in_turn(uses_it);  // while the stack it lay on lives
      });
    }
    if (what == "stack_use_after_scope") in_turn(uses_it_after_the_scope);
  });
}
