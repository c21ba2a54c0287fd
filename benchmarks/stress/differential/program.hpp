// A program for the interpreters; README.md describes its parts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace threadmark::differential {

enum class stage_kind { source, map, merge, zip, call, server, tree, count, sink, late };
enum class manner { plain, select, timeout, try_again };

struct channel_plan {
  std::size_t capacity = 0;
  bool plain = false;
  int producers = 0;
  bool closer = false;
  bool counted = false;
};

struct stage {
  stage_kind kind{};
  std::vector<std::size_t> ins;
  std::vector<std::size_t> outs;
  std::size_t server = 0;            ///< call, server: the channel of the requests
  std::vector<std::size_t> replies;  ///< call: one a worker
  manner take = manner::plain;
  manner give = manner::plain;
  bool to_all = false;  ///< map: to each of the outs, not to any of them
  int workers = 1;
  std::uint64_t n = 0;
  std::uint64_t seed = 0;
  std::uint64_t mul = 1;
  std::uint64_t add = 0;
  std::uint64_t drop = 0;
  int depth = 0;
  int width = 0;
  std::size_t sum = 0;
  int gate = -1;
  std::size_t digest = 0;
  bool ordered = false;
};

struct program {
  std::vector<channel_plan> channels;
  std::vector<int> gates;  ///< how many tasks each counts
  std::size_t sums = 0;
  std::size_t digests = 0;
  std::vector<stage> stages;
};

struct digest {
  std::uint64_t count = 0;
  std::uint64_t sum = 0;
  std::uint64_t order = 0;
};

struct result {
  std::vector<std::uint64_t> sums;
  std::vector<digest> digests;
  std::vector<digest> channels;
  std::uint64_t refused = 0;
  std::uint64_t began = 0;
  std::uint64_t ended = 0;
};

/// Throws std::runtime_error, which says what is wrong, where the line is no program.
program parse(std::string_view line);

/// One line, without its end.
std::string to_json(const result& r);

/// The finalizer of MurmurHash3 (Appleby, public domain): the values of a source, and what digests add up.
constexpr std::uint64_t mix(std::uint64_t v) {
  v ^= v >> 33;
  v *= 0xff51afd7ed558ccdULL;
  v ^= v >> 33;
  v *= 0xc4ceb9fe1a85ec53ULL;
  return v ^ (v >> 33);
}

}  // namespace threadmark::differential
