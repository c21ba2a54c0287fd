#include <unistd.h>

#include <filesystem>
#include <mn/file.hpp>
#include <thread>

#include "connected.hpp"

namespace {

/// A name in the tests' own folder, gone at the end.
struct scratch {
  std::string path = testing::TempDir() + "mn_file_test." + std::to_string(getpid());
  ~scratch() { std::filesystem::remove(path); }
};

}  // namespace

TEST(file, what_is_written_is_read) {
  on_cores_without_leaks([] {
    const scratch s;
    {
      const mn::file f(s.path, mn::open_mode::write);
      f.write_at(0, "hello");
      f.write_at(3, "p me");
    }
    mn::file(s.path, mn::open_mode::append).append("!");
    EXPECT_EQ(mn::read_file(s.path), "help me!");
    const mn::file f(s.path);
    EXPECT_EQ(f.size(), 8u);
    std::array<char, 4> four;
    EXPECT_EQ(f.read_at(5, four), 3u);
    EXPECT_EQ(std::string(four.data(), 3), "me!");
    EXPECT_EQ(f.read_at(100, four), 0u);
    EXPECT_EQ(mn::file(s.path, mn::open_mode::read_write).size(), 8u);
    EXPECT_EQ(mn::file(s.path, mn::open_mode::write).size(), 0u);
  });
}

TEST(file, is_appended_to_in_every_mode_that_writes) {
  on_cores_without_leaks([] {
    const scratch s;
    {
      const mn::file f(s.path, mn::open_mode::write);
      f.write_at(0, "hello");
      f.append("!");
    }
    const mn::file f(s.path, mn::open_mode::read_write);
    f.append("?");
    f.write_at(0, "J");
    const mn::file end(s.path, mn::open_mode::append);
    end.append(".");
    EXPECT_EQ(error_of([&] { end.write_at(0, "K"); }), std::errc::invalid_argument);
    EXPECT_EQ(mn::read_file(s.path), "Jello!?.");
    EXPECT_EQ(error_of([&] { mn::file(s.path).append("x"); }), std::errc::bad_file_descriptor);
    mn::file("/dev/null", mn::open_mode::write).append("gone");
    const std::string old = mn::read_file("/proc/self/oom_score_adj");
    mn::file("/proc/self/oom_score_adj", mn::open_mode::append).append(old);
  });
}

TEST(file, large_ones_and_those_without_a_size_are_read_whole) {
  on_cores([] {
    const scratch s;
    std::string much(3'000'001, '\0');
    for (std::size_t i = 0; i < much.size(); ++i) much[i] = static_cast<char>(i * 31 >> 3);
    mn::file(s.path, mn::open_mode::write).write_at(0, much);
    EXPECT_TRUE(mn::read_file(s.path) == much);
    EXPECT_NE(mn::read_file("/proc/self/status").find("Threads:"), std::string::npos);
    EXPECT_EQ(mn::read_file("/dev/null"), "");
  });
}

TEST(file, says_which_one_it_cannot_have) {
  on_cores_without_leaks([] {
    try {
      (void)mn::read_file("/no/such/file");
      ADD_FAILURE() << "read";
    } catch (const mn::io_error& e) {
      EXPECT_EQ(e.code(), std::errc::no_such_file_or_directory);
      EXPECT_NE(std::string(e.what()).find("/no/such/file"), std::string::npos) << e.what();
    }
    EXPECT_EQ(error_of([] { (void)mn::read_file("/"); }), std::errc::is_a_directory);
    const scratch s;
    const mn::file f(s.path, mn::open_mode::write);
    std::array<char, 1> one;
    EXPECT_EQ(error_of([&] { (void)f.read_at(0, one); }), std::errc::bad_file_descriptor);
  });
}

TEST(file, works_from_plain_threads) {
  const scratch s;
  mn::file(s.path, mn::open_mode::write).write_at(0, "plain");
  EXPECT_EQ(mn::read_file(s.path), "plain");
}
