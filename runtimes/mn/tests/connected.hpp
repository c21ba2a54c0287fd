// What the tests of the network share: a connection with both its ends, descriptors counted.
#pragma once

#include <dirent.h>
#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <mn/mn.hpp>
#include <string>
#include <string_view>
#include <system_error>

#include "on_cores.hpp"

struct ends {
  mn::net::stream client;
  mn::net::stream server;
};

/// Over TCP, or what else `at` says.
inline ends connected(std::string_view at = "127.0.0.1:0") {
  const auto listener = mn::net::listen(at);
  auto accepted = mn::spawn([&] { return listener.accept(); });
  auto client = mn::net::connect(listener.local());
  return {std::move(client), accepted.join()};
}

inline std::string read_all(const mn::net::stream& from) {
  std::string all;
  std::array<char, 4096> buffer;
  while (const std::size_t n = from.read(buffer)) all.append(buffer.data(), n);
  return all;
}

inline std::string read_exactly(const mn::net::stream& from, std::size_t bytes) {
  std::string all(bytes, '\0');
  std::size_t got = 0;
  while (got < bytes) {
    const std::size_t n = from.read(std::span(all).subspan(got));
    if (n == 0) break;
    got += n;
  }
  all.resize(got);
  return all;
}

/// Gives back all that it reads, until the end; then ends its half.
inline void echo(const mn::net::stream& s) {
  std::array<char, 4096> buffer;
  while (const std::size_t n = s.read(buffer)) s.write(std::string_view(buffer.data(), n));
  s.close_write();
}

/// How many descriptors the process has open.
inline std::size_t open_descriptors() {
  DIR* all = opendir("/proc/self/fd");
  std::size_t n = 0;
  while (readdir(all)) ++n;
  closedir(all);
  return n;
}

/// on_cores, and that no descriptor is left open.
template <class F>
void on_cores_without_leaks(F f) {
  const std::size_t before = open_descriptors();
  on_cores(f);
  EXPECT_EQ(open_descriptors(), before);
}

/// The code of the io_error that `f` throws; none where it throws nothing.
template <class F>
std::error_code error_of(F f) {
  try {
    f();
  } catch (const mn::io_error& e) {
    EXPECT_TRUE(std::string_view(e.what()).starts_with("mn: ")) << e.what();
    return e.code();
  }
  return {};
}
