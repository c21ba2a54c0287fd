// The main that every C++ contender has:
//
//   int main(int argc, char** argv) { return threadmark::contender_main<threadmark::some_model>(argc, argv); }
#pragma once

#include <memory>
#include <model.hpp>
#include <workloads/all.hpp>

#include "contender.hpp"

namespace threadmark {
namespace harness {

template <threading_model M>
class runtime_of final : public any_runtime {
 public:
  explicit runtime_of(runtime_options options) : runtime_(options) {}
  void run(const std::function<void()>& root) override {
    runtime_.run([&root] { root(); });
  }
  effective_configuration effective() override { return runtime_.effective(); }

 private:
  typename M::runtime runtime_;
};

template <threading_model M, class W>
cell_body body_of(const workloads::parameters& values) {
  return [workload = W(values)](workloads::trial& t) { workload.template iterate<M>(t); };
}

template <threading_model M, class... W>
std::vector<any_workload> erased(workloads::workload_list<W...>) {
  return {{W::name, W::cold, &body_of<M, W>}...};
}

template <threading_model M>
contender contender_of() {
  return {
      M::name,
      M::version(),
      M::variants,
      [](capability c) { return M::express(c); },
      [](runtime_options options) -> std::unique_ptr<any_runtime> { return std::make_unique<runtime_of<M>>(options); },
      erased<M>(workloads::all{})};
}

}  // namespace harness

/// Runs model M's contender program.
template <threading_model M>
int contender_main(int argc, char** argv) {
  return harness::run_contender(harness::contender_of<M>(), argc, argv);
}

}  // namespace threadmark
