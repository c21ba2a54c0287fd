#include <gtest/gtest.h>

#include "support/cgroup_place.hpp"
#include "support/text.hpp"
#include "tests/lab.hpp"

namespace threadmark::conductor {
namespace {

TEST(text, sizes_are_powers_of_1000_and_with_an_i_of_1024) {
  EXPECT_EQ(size_in_bytes("8GB"), 8'000'000'000u);
  EXPECT_EQ(size_in_bytes("8 GB"), 8'000'000'000u);
  EXPECT_EQ(size_in_bytes("512MiB"), 512u << 20);
  EXPECT_EQ(size_in_bytes("1.5k"), 1500u);
  EXPECT_EQ(size_in_bytes("100"), 100u);
  for (const char* bad : {"", "GB", "8XB", "8GBs", "-1", "0", "nan", "1e30"}) EXPECT_FALSE(size_in_bytes(bad)) << bad;
}

TEST(text, whole_numbers_are_all_of_the_text) {
  EXPECT_EQ(whole_number("0"), 0);
  EXPECT_EQ(whole_number("5000"), 5000);
  for (const char* bad : {"", "-1", "5x", " 5", "1.5", "99999999999999999999"}) EXPECT_FALSE(whole_number(bad)) << bad;
}

TEST(text, one_line_keeps_the_end_and_whole_characters) {
  EXPECT_EQ(one_line("  a\nb\tc\n", 100), "a | b c");
  EXPECT_EQ(one_line("0123456789", 4), "…6789");
  EXPECT_EQ(one_line("aä", 1), "…");  // not half of the ä
}

TEST(text, unknown_names_say_what_is_known) {
  EXPECT_EQ(unknown("model", "x", {"a", "b"}), "unknown model 'x'; known: a, b");
}

TEST(cgroup_place, finds_version_1_by_its_controller) {
  const auto place = find_cgroup("memory", "9:name=systemd:/\n4:memory:/a/b\n0::/\n",
                                 "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
                                 "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
  ASSERT_TRUE(place);
  EXPECT_EQ(place->version, 1);
  EXPECT_EQ(place->folder, "/sys/fs/cgroup/memory/a/b");
  EXPECT_EQ(place->mount, "/sys/fs/cgroup/memory");
}

TEST(cgroup_place, finds_version_2_only_where_it_has_the_controller) {
  const test::lab lab;
  const auto mount = lab.path() / "cgroup";
  const auto mounts = "29 23 0:26 / " + mount.string() + " rw,nosuid shared:9 - cgroup2 cgroup2 rw\n";
  test::write(mount / "user.slice/cgroup.controllers", "cpu memory pids\n");
  const auto place = find_cgroup("memory", "0::/user.slice\n", mounts);
  ASSERT_TRUE(place);
  EXPECT_EQ(place->version, 2);
  EXPECT_EQ(place->folder, mount / "user.slice");
  EXPECT_FALSE(find_cgroup("hugetlb", "0::/user.slice\n", mounts));
}

TEST(cgroup_place, sees_only_what_is_below_the_mounts_root) {
  // Inside a container the mount shows the container's own part of the tree.
  const auto place = find_cgroup("memory", "4:memory:/docker/abc/x\n",
                                 "35 31 0:32 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n");
  ASSERT_TRUE(place);
  EXPECT_EQ(place->folder, "/sys/fs/cgroup/memory/x");
}

}  // namespace
}  // namespace threadmark::conductor
