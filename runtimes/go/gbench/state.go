// Package gbench runs benchmarks and reports them in the manner of Google Benchmark 1.7 with manual time, so that
// whoever reads a C++ contender's output reads this one's too.
package gbench

import (
	"math/bits"
	"time"

	"threadmark/bench_go/machine"
)

// Body is one iteration of a benchmark. It times its own parts with the state's clock; an error ends the benchmark.
type Body func(*State) error

// State is what a run of iterations has measured so far.
type State struct {
	wall, cpu time.Duration // summed over the timed parts of all iterations

	started    time.Time
	startedCPU time.Duration

	sums    map[string]float64 // metrics, summed over iterations
	highest map[string]float64 // effective configuration: the highest value seen

	iteration uint // the current one, from 1
	look      func(*State)
	slowBy    time.Duration // in percent: how much longer every timed part lasts than it would
}

func newState(look func(*State), slowByPercent int) *State {
	return &State{sums: map[string]float64{}, highest: map[string]float64{}, look: look,
		slowBy: time.Duration(slowByPercent)}
}

// ClockOn begins a timed part. The clock is read last, so that reading the CPU time is not timed.
func (s *State) ClockOn() {
	s.lookNow()
	s.startedCPU = machine.CPUTime()
	s.started = time.Now()
}

// ClockOff ends the timed part and returns how long it took.
func (s *State) ClockOff() time.Duration {
	elapsed := s.slowed(time.Since(s.started))
	s.cpu += machine.CPUTime() - s.startedCPU
	s.wall += elapsed
	s.lookNow()
	return elapsed
}

// slowed spends a real delay at the end of a timed part, for trying the analysis: the root spins, so nothing else of the
// model is held up, and the clock alone decides when it is over.
func (s *State) slowed(elapsed time.Duration) time.Duration {
	for end := elapsed + elapsed*s.slowBy/100; elapsed < end; {
		elapsed = time.Since(s.started)
	}
	return elapsed
}

// lookNow looks at the process beside a timed part. That costs tens of microseconds and cools the caches, so
// iterations 1, 2, 4, 8, … will do.
func (s *State) lookNow() {
	if s.look != nil && bits.OnesCount(s.iteration) == 1 {
		s.look(s)
	}
}

// PerUnit reports a metric of this iteration: a time divided by the number of things it was for, in nanoseconds.
// Over many iterations the mean counts.
func (s *State) PerUnit(metric string, elapsed time.Duration, units uint64) {
	s.sums[metric] += float64(elapsed.Nanoseconds()) / float64(units)
}

// Report reports a metric of this iteration in its own unit. Over many iterations the mean counts.
func (s *State) Report(metric string, value float64) { s.sums[metric] += value }

// Effective reports what is really in force, under the name effective_…; the highest value counts.
func (s *State) Effective(what string, value float64) {
	name := "effective_" + what
	if known, ok := s.highest[name]; !ok || value > known {
		s.highest[name] = value
	}
}

// counters are the metrics, as means over the iterations, and the effective configuration.
func (s *State) counters(iterations int) map[string]float64 {
	counters := make(map[string]float64, len(s.sums)+len(s.highest))
	for name, sum := range s.sums {
		counters[name] = sum / float64(iterations)
	}
	for name, value := range s.highest {
		counters[name] = value
	}
	return counters
}
