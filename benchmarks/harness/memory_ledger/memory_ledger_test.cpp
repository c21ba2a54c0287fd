#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <tuple>

#include "memory_ledger/ledger.hpp"
#include "memory_ledger/proc_text.hpp"
#include "memory_ledger/process_memory.hpp"

namespace threadmark::ledger {
namespace {

snapshot made_of(std::int64_t resident, std::int64_t tables, std::int64_t stack, std::int64_t slab,
                 std::int64_t reserved) {
  snapshot result;
  result.bytes = {resident, tables, stack, slab, reserved, {}};
  result.from = {"a", "b", "c", "d", "e", ""};
  return result;
}

/// A folder of its own that is gone at the end of the test.
struct folder {
  folder() {
    char name[] = "/tmp/ledger_test_XXXXXX";
    path = ::mkdtemp(name);
  }
  ~folder() { std::filesystem::remove_all(path); }
  void write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((path / name).parent_path());
    std::ofstream(path / name) << text;
  }
  std::filesystem::path path;
};

TEST(field, takes_whole_names_and_units) {
  const std::string text = "Anonymous:  12 kB\nAnonHugePages: 1 kB\nslab_reclaimable 7\nslab 9\nPss_Shmem:\n";
  EXPECT_EQ(field(text, "Anonymous"), 12 * 1024);
  EXPECT_EQ(field(text, "slab"), 9);  // not slab_reclaimable, though it comes first
  EXPECT_EQ(field(text, "slab_reclaimable"), 7);
  EXPECT_EQ(field(text, "Pss_Shmem"), std::nullopt);
  EXPECT_EQ(field(text, "Swap"), std::nullopt);
}

TEST(session, answers_each_line_and_divides_by_the_tasks) {
  std::vector<snapshot> given = {made_of(1000, 100, 10, 5, 7000), made_of(5000, 500, 90, 25, 87000)};
  std::size_t next = 0;
  session s([&](std::string&) { return std::optional(given[next++]); });
  EXPECT_EQ(s.feed("snapshot base"), "");  // a line may come in pieces
  EXPECT_EQ(s.feed("line 0\n"), "ok\n");
  EXPECT_FALSE(s.complete());
  EXPECT_EQ(s.feed("snapshot parked 10\n"), "ok\n");
  ASSERT_TRUE(s.complete());
  EXPECT_EQ(s.fault(), "");
  const std::vector<std::pair<std::string, double>> expected = {{"bytes_per_task", 450},
                                                                {"bytes_per_task.resident", 400},
                                                                {"bytes_per_task.page_tables", 40},
                                                                {"bytes_per_task.kernel_stack", 8},
                                                                {"bytes_per_task.kernel_slab", 2},
                                                                {"bytes_per_task.reserved", 8000},
                                                                {"os_threads", 0},
                                                                {"parked_bytes_per_task", 450}};
  EXPECT_EQ(s.metrics(), expected);
  for (const auto& [name, value] : s.metrics()) EXPECT_TRUE(is_ledger_metric(name)) << name;
  EXPECT_FALSE(is_ledger_metric("create_ns_per_task"));
  EXPECT_FALSE(is_ledger_metric("bytes_per_tasks"));
  EXPECT_FALSE(is_ledger_metric("megabytes_per_task"));
}

TEST(session, holds_the_whole_against_the_sum_of_the_parts) {
  auto before = made_of(1000, 100, 10, 5, 7000), after = made_of(5000, 500, 90, 25, 87000);
  before.bytes.whole = 2000;
  after.bytes.whole = 6600;  // 4600 more, of which the parts explain 4500
  std::vector<snapshot> given = {before, after};
  std::size_t next = 0;
  session s([&](std::string&) { return std::optional(given[next++]); });
  EXPECT_EQ(s.feed("snapshot baseline 0\nsnapshot parked 10\n"), "ok\nok\n");
  std::map<std::string, double> found;
  for (const auto& [name, value] : s.metrics()) found[name] = value;
  EXPECT_EQ(found.at("bytes_per_task.whole"), 460);
  EXPECT_EQ(found.at("bytes_per_task.not_accounted"), 10);
}

TEST(session, takes_a_task_apart_by_what_is_seen_of_its_stacks) {
  for (const auto& [block, stack_part, heap_part] :
       {std::tuple{"heap", 6000.0, 10'000.0 - 6000 - 500}, {"stack", 5500.0, 10'000.0 - 6000}}) {
    std::int64_t resident = 0;
    std::vector<stack_place> asked;
    session s([&](std::string&) { return std::optional(made_of(std::exchange(resident, 100'000), 0, 0, 0, 0)); },
              [&](const stack_place& place) {
                asked.push_back(place);
                return std::optional<std::int64_t>(place.bytes == 0 ? 8000 : 4000);
              });
    EXPECT_EQ(s.feed("snapshot baseline 0\nstack 4096 8192\nstack 70000 0\nsnapshot parked 10\n"), "ok\nok\nok\nok\n");
    EXPECT_EQ(asked, (std::vector<stack_place>{{4096, 8192}, {70000, 0}}));
    EXPECT_EQ(s.feed("control_block 500 " + std::string(block) + "\n"), "ok\n") << s.fault();
    std::map<std::string, double> found;
    for (const auto& [name, value] : s.metrics()) found[name] = value;
    EXPECT_EQ(found.at("bytes_per_task.resident"), 10'000);
    EXPECT_EQ(found.at("bytes_per_task.stack"), stack_part) << block;
    EXPECT_EQ(found.at("bytes_per_task.control_block"), 500);
    EXPECT_EQ(found.at("bytes_per_task.heap"), heap_part) << block;
    EXPECT_NE(s.of_a_task().source().find("mean of 2 stacks"), std::string::npos);
  }
}

TEST(session, takes_the_runtimes_word_for_all_stacks) {
  std::int64_t resident = 0;
  session s([&](std::string&) { return std::optional(made_of(std::exchange(resident, 30'000), 0, 0, 0, 0)); });
  EXPECT_EQ(s.feed("stacks 50000\nsnapshot baseline 0\nstacks 70480\nsnapshot parked 10\n"), "ok\nok\nok\nok\n");
  std::map<std::string, double> found;
  for (const auto& [name, value] : s.metrics()) found[name] = value;
  EXPECT_EQ(found.at("bytes_per_task.stack"), 2048);
  EXPECT_EQ(found.at("bytes_per_task.heap"), 952);
  EXPECT_FALSE(found.contains("bytes_per_task.control_block"));
}

TEST(session, leaves_a_task_whole_where_a_stack_cannot_be_seen) {
  std::int64_t resident = 0;
  session s(
      [&](std::string&) { return std::optional(made_of(std::exchange(resident, 30'000), 0, 0, 0, 0)); },
      [](const stack_place& place) { return place.lowest == 1 ? std::nullopt : std::optional<std::int64_t>(4096); });
  EXPECT_EQ(s.feed("snapshot baseline 0\nstack 1 10\nstack 2 10\nsnapshot parked 10\n"), "ok\nok\nok\nok\n");
  for (const auto& [name, value] : s.metrics()) EXPECT_NE(name, "bytes_per_task.stack");
  EXPECT_EQ(s.of_a_task().source(), "");
}

TEST(session, refuses_what_cannot_be_said_of_a_task) {
  std::string many;
  for (int i = 0; i < 64; ++i) many += "stack 1 1\n";
  for (const std::string& line :
       {std::string("stack\n"), std::string("stack 1\n"), std::string("stack 1 -1\n"), std::string("stack 1 2 3\n"),
        std::string("stack 0x1 2\n"), std::string("stacks\n"), std::string("stacks 1\nstacks 2\n"),
        std::string("control_block 5\n"), std::string("control_block 5 shelf\n"),
        std::string("control_block 5 heap\ncontrol_block 5 heap\n"), many + "stack 1 1\n"}) {
    session s([](std::string&) { return std::optional(made_of(0, 0, 0, 0, 0)); });
    s.feed("snapshot baseline 0\n" + line);
    EXPECT_NE(s.fault(), "") << line.substr(0, 60);
  }
}

TEST(touched_bytes, counts_the_pages_that_were_touched) {
  constexpr std::size_t page = 4096;
  auto* place =
      static_cast<char*>(::mmap(nullptr, 16 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  ::madvise(place, 16 * page, MADV_NOHUGEPAGE);
  ASSERT_EQ(::mprotect(place, page, PROT_NONE), 0);  // a guard, so that the rest is a mapping of its own
  ASSERT_EQ(::mprotect(place + 15 * page, page, PROT_NONE), 0);
  for (const std::size_t touched : {3, 4, 9}) static_cast<volatile char*>(place)[touched * page] = 1;
  const auto at = reinterpret_cast<std::uint64_t>(place);
  EXPECT_EQ(touched_bytes(::getpid(), {at + 4 * page, 6 * page}), 2 * page);
  EXPECT_EQ(touched_bytes(::getpid(), {at + 4 * page + 8, page}), page) << "begins inside a page";
  EXPECT_EQ(touched_bytes(::getpid(), {at + 7 * page + 99, 0}), 3 * page) << "the whole mapping";
  ::munmap(place, 16 * page);
  EXPECT_EQ(touched_bytes(::getpid(), {0, 0}), std::nullopt) << "no mapping there";
  EXPECT_EQ(touched_bytes(1 << 23, {at, page}), std::nullopt) << "no such process";
}

TEST(session, takes_several_moments_each_once) {
  std::int64_t resident = 0;
  session s([&](std::string&) { return std::optional(made_of(resident += 100, 0, 0, 0, 0)); });
  EXPECT_EQ(s.feed("snapshot baseline 0\nsnapshot parked 10\nsnapshot deep 10\nsnapshot ended 10\n"),
            "ok\nok\nok\nok\n");
  std::map<std::string, double> found;
  for (const auto& [name, value] : s.metrics()) found[name] = value;
  EXPECT_EQ(found.at("bytes_per_task"), 10);
  EXPECT_EQ(found.at("parked_bytes_per_task"), 10);
  EXPECT_EQ(found.at("deep_bytes_per_task"), 20);
  EXPECT_EQ(found.at("ended_bytes_per_task"), 30);
  EXPECT_EQ(s.feed("snapshot deep 10\n"), "");
  EXPECT_NE(s.fault(), "") << "twice";
  session other_n([](std::string&) { return std::optional(made_of(0, 0, 0, 0, 0)); });
  EXPECT_EQ(other_n.feed("snapshot baseline 0\nsnapshot parked 10\nsnapshot deep 11\n"), "ok\nok\n");
  EXPECT_NE(other_n.fault(), "");
}

TEST(session, keeps_the_name_of_the_moment) {
  for (const std::string moment : {"parked", "spawned"}) {
    session s([](std::string&) { return std::optional(made_of(1, 1, 1, 1, 1)); });
    EXPECT_EQ(s.feed("snapshot baseline 0\nsnapshot " + moment + " 3\n"), "ok\nok\n");
    EXPECT_EQ(s.moments().at(1).name, moment);
    EXPECT_EQ(s.tasks(), 3u);
    EXPECT_EQ(s.feed("snapshot " + moment + " 3\n"), "");
    EXPECT_NE(s.fault(), "");
  }
}

TEST(session, refuses_what_is_not_the_snapshot_due) {
  for (const std::string line : {"hello\n", "snapshot\n", "snapshot parked 5\n", "snapshot spawned 5\n",
                                 "snapshot baseline 3\n", "snapshot baseline 0x\n", "snapshot other 0\n", "\n"}) {
    session s([](std::string&) { return std::optional(made_of(0, 0, 0, 0, 0)); });
    EXPECT_EQ(s.feed(line), "") << line;
    EXPECT_NE(s.fault(), "") << line;
    EXPECT_EQ(s.feed("snapshot baseline 0\n"), "") << "answered after a fault";
  }
  session twice([](std::string&) { return std::optional(made_of(0, 0, 0, 0, 0)); });
  EXPECT_EQ(twice.feed("snapshot baseline 0\nsnapshot baseline 0\n"), "ok\n");
  EXPECT_NE(twice.fault(), "");
  session none([](std::string&) { return std::optional(made_of(0, 0, 0, 0, 0)); });
  EXPECT_EQ(none.feed("snapshot baseline 0\nsnapshot parked 0\n"), "ok\n");
  EXPECT_NE(none.fault(), "");
  session endless([](std::string&) { return std::optional(made_of(0, 0, 0, 0, 0)); });
  EXPECT_EQ(endless.feed(std::string(5000, 'x')), "");
  EXPECT_NE(endless.fault(), "");
}

TEST(session, keeps_a_failed_reading_as_its_fault) {
  session s([](std::string& error) {
    error = "gone";
    return std::optional<snapshot>();
  });
  EXPECT_EQ(s.feed("snapshot baseline 0\n"), "");
  EXPECT_EQ(s.fault(), "gone");
}

TEST(session, never_subtracts_one_source_from_another) {
  auto first = made_of(1, 1, 1, 1, 1), second = first;
  second.from.kernel_slab = "elsewhere";
  bool taken = false;
  session s([&](std::string&) { return std::optional(std::exchange(taken, true) ? second : first); });
  EXPECT_EQ(s.feed("snapshot baseline 0\nsnapshot parked 1\n"), "ok\n");
  EXPECT_FALSE(s.complete());
}

TEST(read_memory, reads_each_part_from_its_place) {
  const folder f;
  f.write("7/smaps_rollup",
          "00-ff ---p [rollup]\nRss: 900 kB\nPss_Shmem: 3 kB\nAnonymous: 20 kB\nSwap: 2 kB\nSwapPss: 9 kB\n");
  f.write("7/status", "VmSize:\t 4000 kB\nVmPTE:\t 44 kB\nThreads:\t12\n");
  f.write("meminfo", "KernelStack: 64 kB\nSReclaimable: 100 kB\nSUnreclaim: 10 kB\n");
  std::string error;
  auto taken = read_memory(7, {f.path, {}}, error);
  ASSERT_TRUE(taken) << error;
  EXPECT_EQ(taken->bytes.resident, 25 * 1024);
  EXPECT_EQ(taken->bytes.page_tables, 44 * 1024);
  EXPECT_EQ(taken->bytes.kernel_stack, 64 * 1024);
  EXPECT_EQ(taken->bytes.kernel_slab, 110 * 1024);
  EXPECT_EQ(taken->bytes.reserved, 4000 * 1024);
  EXPECT_NE(taken->from.kernel_slab.find("machine-wide"), std::string::npos);
  EXPECT_EQ(taken->os_threads, 12);
  EXPECT_FALSE(taken->bytes.whole);

  f.write("own/memory.stat", "anon 5\nkernel_stack 16384\nslab_reclaimable 1\nslab 777\n");
  taken = read_memory(7, {f.path, f.path / "own"}, error);
  ASSERT_TRUE(taken) << error;
  EXPECT_EQ(taken->bytes.kernel_stack, 16384);
  EXPECT_EQ(taken->bytes.kernel_slab, 777);
  EXPECT_EQ(taken->from.kernel_slab, "cgroup memory.stat: slab");
  EXPECT_FALSE(taken->bytes.whole);

  f.write("own/memory.usage_in_bytes", "123456\n");
  taken = read_memory(7, {f.path, f.path / "own"}, error);
  ASSERT_TRUE(taken) << error;
  EXPECT_EQ(taken->bytes.whole, 123456);
  EXPECT_EQ(taken->from.whole, "cgroup memory.usage_in_bytes");
}

TEST(read_memory, says_when_the_process_is_gone) {
  std::string error;
  EXPECT_FALSE(read_memory(1 << 23, {}, error));  // above the largest pid a kernel gives
  EXPECT_NE(error.find("process"), std::string::npos);
}

TEST(read_memory, sees_another_process_grow_by_what_it_touches) {
  constexpr std::size_t touched = 48u << 20;
  int ready[2], go[2];
  ASSERT_EQ(::pipe(ready), 0);
  ASSERT_EQ(::pipe(go), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    char c = 0;
    ::close(go[1]);  // so that the child ends with the test
    if (::write(ready[1], "b", 1) != 1 || ::read(go[0], &c, 1) != 1) ::_exit(1);
    void* place = ::mmap(nullptr, 2 * touched, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ::madvise(place, 2 * touched, MADV_NOHUGEPAGE);
    for (std::size_t i = 0; i < touched; i += 4096) static_cast<volatile char*>(place)[i] = 1;
    if (::write(ready[1], "p", 1) != 1) ::_exit(1);
    (void)!::read(go[0], &c, 1);
    ::_exit(0);
  }
  ::close(go[0]);
  char c = 0;
  std::string error;
  ASSERT_EQ(::read(ready[0], &c, 1), 1);
  const auto before = read_memory(child, {}, error);
  ASSERT_EQ(::write(go[1], "g", 1), 1);
  ASSERT_EQ(::read(ready[0], &c, 1), 1);
  const auto after = read_memory(child, {}, error);
  ::close(go[1]);
  ::waitpid(child, nullptr, 0);
  ASSERT_TRUE(before && after) << error;
  const auto grown = after->bytes.resident - before->bytes.resident;
  EXPECT_GE(grown, static_cast<std::int64_t>(touched));
  EXPECT_LT(grown, static_cast<std::int64_t>(touched + (1u << 20)));
  // 4 KB of lowest tables map 2 MB.
  EXPECT_GE(after->bytes.page_tables - before->bytes.page_tables, static_cast<std::int64_t>(touched / 512));
  EXPECT_GE(after->bytes.reserved - before->bytes.reserved, static_cast<std::int64_t>(2 * touched));
}

}  // namespace
}  // namespace threadmark::ledger
