#include <atomic>
#include <random>
#include <set>
#include <thread>
#include <vector>

#include "on_cores.hpp"
#include "trace/outsiders.hpp"
#include "trace/ring.hpp"
#include "trace/show/protobuf.hpp"
#include "wait_text.hpp"

using mn::detail::trace_record;

namespace {

// Every part of a record follows from its number, so that a torn one is found out.
trace_record numbered(std::uint64_t n) {
  return {.when_ns = static_cast<std::int64_t>(n),
          .task = n * 3,
          .where = ~n,
          .number = static_cast<std::uint32_t>(n * 5),
          .kind = mn::detail::trace_kind::woken};
}

void expect_numbered(const trace_record& r, std::uint64_t n) {
  ASSERT_EQ(r.when_ns, static_cast<std::int64_t>(n));
  ASSERT_EQ(r.task, n * 3);
  ASSERT_EQ(r.where, ~n);
  ASSERT_EQ(r.number, static_cast<std::uint32_t>(n * 5));
}

}  // namespace

TEST(trace_ring, nothing_is_kept_before_there_is_room) {
  mn::detail::trace_ring ring;
  ring.put(numbered(0));
  std::vector<trace_record> out;
  EXPECT_EQ(ring.written(), 0u);
  EXPECT_EQ(ring.copy(0, out), 0u);
  EXPECT_TRUE(out.empty());
}

TEST(trace_ring, the_newest_are_kept_and_the_lost_are_counted) {
  for (std::uint64_t written : {0u, 1u, 7u, 8u, 9u, 100u}) {
    for (std::uint64_t from : {0u, 1u, 5u, 93u}) {
      if (from > written) continue;
      mn::detail::trace_ring ring;
      ring.allocate(5);  // that is 8, of which one is always the one that is being written
      for (std::uint64_t n = 0; n < written; ++n) ring.put(numbered(n));
      std::vector<trace_record> out{numbered(1234)};
      const std::uint64_t lost = ring.copy(from, out);
      EXPECT_EQ(lost + (out.size() - 1), written - from);
      EXPECT_EQ(out.size() - 1, std::min<std::uint64_t>(written - from, 7));
      for (std::size_t i = 1; i < out.size(); ++i) expect_numbered(out[i], from + lost + i - 1);
    }
  }
}

TEST(trace_ring, a_copy_made_while_the_owner_writes_has_no_torn_record) {
  mn::detail::trace_ring ring;
  ring.allocate(64);
  std::atomic<bool> enough{false};
  std::thread owner([&] {
    for (std::uint64_t n = 0; !enough.load(std::memory_order_relaxed); ++n) ring.put(numbered(n));
  });
  std::uint64_t from = 0;
  for (int copies = 0, records = 0; copies < 300 || records < 3000; ++copies) {
    std::vector<trace_record> out;
    from += ring.copy(from, out);
    for (const auto& r : out) expect_numbered(r, from++);
    records += static_cast<int>(out.size());
    if (testing::Test::HasFatalFailure()) break;
  }
  enough = true;
  owner.join();
}

TEST(trace_outsiders, threads_record_side_by_side_and_every_event_is_kept_or_counted) {
  mn::detail::trace_outsiders events;
  events.put(numbered(0));  // no room yet
  EXPECT_EQ(events.written(), 0u);
  events.allocate(100);
  constexpr std::uint64_t each = 1000;
  std::atomic<int> writing{4};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (std::uint64_t n = 0; n < each; ++n) events.put(numbered(n));
      --writing;
    });
  }
  std::uint64_t from = 0;
  std::uint64_t seen = 0, lost = 0;
  std::set<std::int32_t> from_threads;
  for (bool last = false; !last;) {
    last = writing == 0;
    std::vector<mn::detail::outside_record> out;
    lost += events.copy(from, out);
    seen += out.size();
    from = seen + lost;
    std::int64_t before = 0;
    for (const auto& r : out) {
      EXPECT_GE(r.event.when_ns, before);
      before = r.event.when_ns;
      from_threads.insert(r.thread);
    }
  }
  for (auto& t : threads) t.join();
  EXPECT_EQ(seen + lost, 4 * each);
  EXPECT_GE(seen, 100u);
  EXPECT_GE(from_threads.size(), 1u);
}

TEST(protobuf, fields_are_encoded_as_its_documentation_says) {
  mn::detail::proto_message inner;
  inner.number(1, 150);
  mn::detail::proto_message m;
  m.message(3, inner);
  m.text(2, "testing");
  m.fixed64(47, 0x0102030405060708);
  m.number(16, ~std::uint64_t{0});
  using namespace std::string_literals;
  EXPECT_EQ(m.bytes(),
            "\x1a\x03\x08\x96\x01\x12\x07testing\xf9\x02\x08\x07\x06\x05\x04\x03\x02\x01"
            "\x80\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"s);
}

TEST(wait_text, every_reason_has_words_of_its_own) {
  std::set<std::string> texts;
  for (int i = 0; i <= static_cast<int>(mn::detail::wait_reason::blocking); ++i) {
    const std::string text = to_text(static_cast<mn::detail::wait_reason>(i));
    EXPECT_NE(text, "something unknown");
    EXPECT_TRUE(texts.insert(text).second) << text;
  }
}
