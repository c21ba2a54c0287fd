// How far a run is and how long it will still take: one line that redraws on a terminal, else a line now and then.
//
// The time left is the sum over the trials to come of what the same model in the same cell took in earlier blocks; one
// not seen yet is taken to last as long as the mean of its cell, or of all.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "plan/plan.hpp"

namespace threadmark::conductor {

class estimate {
 public:
  void add(std::size_t cell, const std::string& model, double seconds);
  bool any() const { return all_.count > 0; }
  double of(std::size_t cell, const std::string& model) const;

 private:
  struct mean {
    double sum = 0;
    int count = 0;
    double value() const { return sum / count; }
  };
  std::map<std::pair<std::size_t, std::string>, mean> exact_;
  std::map<std::size_t, mean> cells_;
  mean all_;
};

class progress {
 public:
  /// Writes to `to` (standard error). `pending`: places in plan.trials that are still to run.
  progress(const plan& of, std::vector<std::size_t> pending, std::FILE* to);
  ~progress();
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;

  estimate& past() { return past_; }
  void begins(const planned_trial& trial);
  void ended(const planned_trial& trial, const std::string& outcome, double seconds);
  /// Takes the line away, so that others can write.
  void clear();

 private:
  std::string line(const planned_trial& trial) const;
  double seconds_left() const;

  const plan& plan_;
  std::vector<std::size_t> pending_;
  std::FILE* to_;
  bool terminal_;
  std::size_t done_;
  std::size_t failed_ = 0;
  int block_ = 0;
  estimate past_;
  std::chrono::steady_clock::time_point last_line_;
};

}  // namespace threadmark::conductor
