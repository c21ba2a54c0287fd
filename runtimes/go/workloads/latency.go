package workloads

import (
	"sort"
	"time"

	"threadmark/bench_go/gbench"
	"threadmark/bench_go/outcome"
)

// notCounted is how many hand-overs come first that do not count.
const notCounted = 100

// stopwatch tells the time since it was made. That is one reading of the monotonic clock; time.Now reads two clocks.
type stopwatch struct{ made time.Time }

func newStopwatch() stopwatch { return stopwatch{time.Now()} }

func (w stopwatch) now() time.Duration { return time.Since(w.made) }

// handOvers is what both sides keep of the times that were handed over.
type handOvers struct{ sent, received, ages []time.Duration }

// newHandOvers fills everything with times that nobody sends: so the pages are there before they are needed, and what
// was never written is seen.
func newHandOvers(samples uint64) *handOvers {
	untouched := func() []time.Duration {
		times := make([]time.Duration, samples+notCounted)
		for i := range times {
			times[i] = -1
		}
		return times
	}
	return &handOvers{untouched(), untouched(), untouched()}
}

// run hands over the time again and again; before each there is a gap, if any. Whatever is kept is kept when the
// other side waits for nothing.
func (h *handOvers) run(gap time.Duration) {
	watch := newStopwatch()
	times, taken := make(chan time.Duration), make(chan struct{})
	go func() {
		for i := range h.received {
			sent := <-times
			h.ages[i] = watch.now() - sent
			h.received[i] = sent
			taken <- struct{}{}
		}
	}()
	for i := range h.sent {
		if gap > 0 {
			time.Sleep(gap)
		}
		now := watch.now()
		times <- now
		<-taken
		h.sent[i] = now
	}
}

// counted are the ages of those that count.
func (h *handOvers) counted() []time.Duration { return h.ages[notCounted:] }

func checkHandOvers(workload string, h *handOvers) error {
	for i, sent := range h.sent {
		if h.received[i] != sent {
			return outcome.Wrong("%s: time %d is %d ns where %d was sent", workload, i, h.received[i], sent)
		}
		if h.ages[i] < 0 {
			return outcome.Wrong("%s: time %d arrived %v before it was sent", workload, i, -h.ages[i])
		}
	}
	return nil
}

// reportLatencies reports the percentiles, and what reading the clock takes, which is in every sample. It sorts.
func reportLatencies(s *gbench.State, samples []time.Duration) {
	sort.Slice(samples, func(i, j int) bool { return samples[i] < samples[j] })
	for metric, perMille := range map[string]int{"p50_ns": 500, "p90_ns": 900, "p99_ns": 990, "p999_ns": 999} {
		s.Report(metric, inNs(percentile(samples, perMille)))
	}
	s.Report("clock_ns", inNs(clockCost()))
}

// clockCost is the median of what lies between two readings of the clock one after the other.
func clockCost() time.Duration {
	watch := newStopwatch()
	costs := make([]time.Duration, 1000)
	for i := range costs {
		first := watch.now()
		costs[i] = watch.now() - first
	}
	sort.Slice(costs, func(i, j int) bool { return costs[i] < costs[j] })
	return percentile(costs, 500)
}

func inNs(d time.Duration) float64 { return float64(d.Nanoseconds()) }
