// A run with a trace around it, for the tests of the trace.
#pragma once

#include <chrono>
#include <optional>
#include <source_location>

#include "on_cores.hpp"
#include "trace_reader.hpp"

struct traced_run {
  read_trace trace;
  mn::trace_result result;
};

// Runs `f` as the root task with a trace around it, and checks the form of what comes out.
template <class F>
traced_run traced(unsigned cores, F f, mn::trace_options o = {},
                  const std::source_location& where = std::source_location::current()) {
  const temporary_file file;
  mn::runtime rt({.cores = cores});
  mn::trace t(rt, file.path(), o);
  rt.run(f, where);
  const auto result = t.stop();
  traced_run r{read_trace_file(file.path()), result};
  expect_well_formed(r.trace);
  if (result.lost == 0) expect_whole(r.trace);
  return r;
}

template <class F>
void traced_on_cores(F f) {
  for (unsigned cores : {1u, 2u, 4u}) {
    SCOPED_TRACE(testing::Message() << cores << " cores");
    f(cores);
  }
}

// Something of everything that tasks do.
inline void be_busy(int rounds) {
  mn::channel<int> direct, buffered(2), closed_at_end;
  mn::mutex m;
  mn::wait_group all;
  all.go([=] {
    for (int i = 0; i < rounds; ++i) direct.send(i);
    direct.close();
  });
  all.go([=] {
    for (int v : direct) buffered.send(v);
    buffered.close();
  });
  for (int k = 0; k < 3; ++k) {
    all.go([&, k] {
      bool open = true;
      while (open) {
        mn::select(mn::on_recv(buffered, [&](std::optional<int> v) { open = v.has_value(); }),
                   mn::on_recv(closed_at_end, [](std::optional<int>) {}),
                   mn::after(std::chrono::microseconds(200), [] {}));
        m.lock();
        if (k == 0) mn::yield();
        m.unlock();
        mn::go([] { mn::yield(); });
      }
    });
  }
  all.go([=] {
    for (int i = 0; i < rounds / 10; ++i) mn::sleep_for(std::chrono::microseconds(20));
  });
  all.wait();
  closed_at_end.close();
}
