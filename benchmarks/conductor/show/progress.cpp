#include "show/progress.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

#include "support/text.hpp"

namespace threadmark::conductor {
namespace {

constexpr auto line_every = std::chrono::seconds(30);
constexpr std::size_t bar_width = 20;

std::size_t terminal_width(std::FILE* to) {
  winsize size{};
  return ::ioctl(::fileno(to), TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

std::string bar(std::size_t done, std::size_t total) {
  const auto full = total == 0 ? bar_width : done * bar_width / total;
  return std::string(full, '#') + std::string(bar_width - full, '.');
}

}  // namespace

void estimate::add(std::size_t cell, const std::string& model, double seconds) {
  for (auto* m : {&exact_[{cell, model}], &cells_[cell], &all_}) {
    m->sum += seconds;
    ++m->count;
  }
}

double estimate::of(std::size_t cell, const std::string& model) const {
  if (const auto at = exact_.find({cell, model}); at != exact_.end()) return at->second.value();
  if (const auto at = cells_.find(cell); at != cells_.end()) return at->second.value();
  return any() ? all_.value() : 0;
}

progress::progress(const plan& of, std::vector<std::size_t> pending, std::FILE* to)
    : plan_(of),
      pending_(std::move(pending)),
      to_(to),
      terminal_(::isatty(::fileno(to)) == 1),
      done_(of.trials.size() - pending_.size()),
      last_line_(std::chrono::steady_clock::now()) {}

progress::~progress() {
  clear();
}

double progress::seconds_left() const {
  double sum = 0;
  for (const auto i : pending_) sum += past_.of(plan_.trials[i].cell, plan_.trials[i].model);
  return sum;
}

std::string progress::line(const planned_trial& trial) const {
  const auto& c = plan_.cells[trial.cell];
  const auto left = past_.any() ? human_seconds(seconds_left()) + " left" : std::string("time left not known yet");
  return fmt::format("[{}] {}/{}  block {}/{}  {}{}  {} {} on {}", bar(done_, plan_.trials.size()), done_,
                     plan_.trials.size(), trial.block, plan_.blocks, left,
                     failed_ ? fmt::format(", {} not ok", failed_) : "", trial.model, c.name(), c.cores);
}

void progress::begins(const planned_trial& trial) {
  const auto now = std::chrono::steady_clock::now();
  if (terminal_) {
    auto text = line(trial);
    text.resize(std::min(text.size(), terminal_width(to_) - 1));
    fmt::print(to_, "\r\033[K{}", text);
  } else if (trial.block > block_ || now - last_line_ >= line_every) {
    fmt::print(to_, "{}\n", line(trial));
    last_line_ = now;
  }
  block_ = std::max(block_, trial.block);
  std::fflush(to_);
}

void progress::ended(const planned_trial& trial, const std::string& outcome, double seconds) {
  past_.add(trial.cell, trial.model, seconds);
  if (outcome != "ok") ++failed_;
  const auto at = std::ranges::find_if(pending_, [&](std::size_t i) { return plan_.trials[i].order == trial.order; });
  if (at != pending_.end()) {  // a replacement was never planned
    pending_.erase(at);
    ++done_;
  }
}

void progress::clear() {
  if (terminal_) fmt::print(to_, "\r\033[K");
  std::fflush(to_);
}

}  // namespace threadmark::conductor
