// How connections come about: connect, lookup, listeners. Loopback only.
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

#include "connected.hpp"
#include "in_child.hpp"

using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;

TEST(connect, says_who_refuses) {
  on_cores_without_leaks([] {
    const auto nobody = [] { return mn::net::listen("127.0.0.1:0").local(); }();
    try {
      (void)mn::net::connect(nobody);
      ADD_FAILURE() << "nobody listens at " << nobody.to_string();
    } catch (const mn::io_error& e) {
      EXPECT_EQ(e.code(), std::errc::connection_refused);
      EXPECT_NE(std::string(e.what()).find(nobody.to_string()), std::string::npos) << e.what();
    }
    EXPECT_EQ(error_of([] { (void)mn::net::connect("unix:@nobody_listens_here"); }), std::errc::connection_refused);
    EXPECT_THROW((void)mn::net::connect("127.0.0.1"), mn::net::bad_endpoint);
  });
}

TEST(connect, waits_for_a_unix_listener_whose_queue_is_full) {
  on_cores_without_leaks([] {
    const auto listener = mn::net::listen("unix:@mn_full_queue." + std::to_string(getpid()));
    ::listen(listener.native_handle(), 1);
    std::vector<mn::net::stream> waiting;
    mn::wait_group wg;
    std::atomic<int> done{0};
    for (int i = 0; i < 10; ++i) {
      wg.go([&] {
        const auto s = mn::net::connect(listener.local());
        s.write("x");
        ++done;
      });
    }
    mn::sleep_for(2ms);
    EXPECT_LT(done, 10);
    for (int i = 0; i < 10; ++i) EXPECT_EQ(read_exactly(listener.accept(), 1), "x");
    wg.wait();
  });
}

TEST(connect, gives_up_with_its_context) {
  on_cores([] {
    const auto listener = mn::net::listen("unix:@mn_given_up." + std::to_string(getpid()));
    ::listen(listener.native_handle(), 0);
    const auto [ctx, cancel] = mn::with_timeout(mn::context::background(), 5ms);
    std::vector<mn::net::stream> made;
    EXPECT_THROW(for (;;) made.push_back(mn::net::connect(ctx, listener.local())), mn::context_deadline_exceeded);
  });
}

TEST(lookup, knows_this_machine_and_says_what_it_does_not_know) {
  on_cores([] {
    EXPECT_EQ(mn::net::lookup("127.0.0.1:80").front().to_string(), "127.0.0.1:80");
    EXPECT_EQ(mn::net::lookup("localhost:80").front().port(), 80);
    const auto [ctx, cancel] = mn::with_cancel(mn::context::background());
    EXPECT_EQ(mn::net::lookup(ctx, "localhost:81").front().port(), 81);
    try {
      (void)mn::net::lookup("no.such.machine.invalid:80");
      ADD_FAILURE() << "found";
    } catch (const mn::io_error& e) {
      EXPECT_EQ(e.code().category(), mn::net::resolver_category()) << e.what();
      EXPECT_NE(std::string(e.what()).find("no.such.machine.invalid"), std::string::npos) << e.what();
    }
    EXPECT_THROW((void)mn::net::lookup("localhost"), mn::net::bad_endpoint);
    cancel();
    EXPECT_THROW((void)mn::net::lookup(ctx, "localhost:81"), mn::context_cancelled);
  });
}

TEST(listener, hands_each_connection_to_one_of_those_who_wait) {
  on_cores_without_leaks([] {
    constexpr int connections = scaled(200);
    const auto listener = mn::net::listen("127.0.0.1:0");
    std::atomic<int> accepted{0};
    mn::wait_group acceptors;
    for (int i = 0; i < 4; ++i) {
      acceptors.go([&] {
        EXPECT_THROW(
            for (;;) {
              listener.accept().write("x");
              ++accepted;
            },
            mn::io_closed);
      });
    }
    mn::wait_group clients;
    for (int i = 0; i < connections; ++i)
      clients.go([&] { EXPECT_EQ(read_all(mn::net::connect(listener.local())), "x"); });
    clients.wait();
    listener.close();
    listener.close();
    acceptors.wait();
    EXPECT_EQ(accepted, connections);
    EXPECT_EQ(error_of([&] { (void)mn::net::connect(listener.local()); }), std::errc::connection_refused);
  });
}

TEST(listener, ends_by_deadline_and_by_context) {
  on_cores([] {
    const auto listener = mn::net::listen("127.0.0.1:0");
    listener.set_deadline(clock_type::now() + 2ms);
    EXPECT_THROW((void)listener.accept(), mn::io_timed_out);
    listener.set_deadline(mn::time_point::max());
    const auto [ctx, cancel] = mn::with_timeout(mn::context::background(), 2ms);
    EXPECT_THROW((void)listener.accept(ctx), mn::context_deadline_exceeded);
  });
}

TEST(listener, says_that_a_place_is_taken) {
  on_cores([] {
    const auto first = mn::net::listen("127.0.0.1:0");
    EXPECT_EQ(error_of([&] { (void)mn::net::listen(first.local()); }), std::errc::address_in_use);
  });
}

TEST(listener, a_connection_waits_where_there_is_no_descriptor_for_it) {
  NEEDS_FORK();
#if defined(MN_ASAN)
  GTEST_SKIP() << "UBSan needs descriptors of its own to look at an exception";
#endif
  const auto r = in_child([] {
    mn::runtime rt({.cores = 1});
    rt.run([] {
      const auto listener = mn::net::listen("127.0.0.1:0");
      std::optional<mn::net::stream> client = mn::net::connect(listener.local());
      rlimit few{};
      getrlimit(RLIMIT_NOFILE, &few);
      const rlimit all = few;
      const int next = dup(0);  // the lowest number that is free
      close(next);
      few.rlim_cur = static_cast<rlim_t>(next);
      setrlimit(RLIMIT_NOFILE, &few);
      bool refused = false;
      try {
        (void)listener.accept();
      } catch (const mn::io_error& e) {
        refused = e.code() == std::errc::too_many_files_open;
      }
      setrlimit(RLIMIT_NOFILE, &all);
      if (!refused) std::abort();
      const auto server = listener.accept();
      client->write("still there");
      if (read_exactly(server, 11) != "still there") std::abort();
    });
  });
  EXPECT_TRUE(r.exited_with(0)) << r.said;
}
