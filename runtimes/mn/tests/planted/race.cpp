// A data race between two tasks, planted: they write the same variable and nothing orders them. Argument: how many
// cores. On one core, one task has ended before the other begins.
#include <cstdlib>
#include <mn/mn.hpp>

int shared = 0;  // visible to other files, so that the optimiser keeps what is written to it

namespace {

[[gnu::noinline]] void written_by_one() {
  shared = 1;
}

[[gnu::noinline]] void written_by_another() {
  shared = 2;
}

}  // namespace

int main(int, char** arguments) {
  mn::runtime rt({.cores = static_cast<unsigned>(std::atoi(arguments[1]))});
  rt.run([] {
    mn::go([] { written_by_one(); });
    mn::go([] { written_by_another(); });
  });
}
