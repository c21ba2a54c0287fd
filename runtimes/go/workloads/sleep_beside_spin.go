package workloads

import (
	"sort"
	"sync/atomic"
	"time"

	"threadmark/bench_go/catalog"
	"threadmark/bench_go/gbench"
	"threadmark/bench_go/outcome"
	"threadmark/bench_go/spin"
)

const (
	nap               = time.Millisecond
	stepsBetweenLooks = 10_000 // at the clock: some ten microseconds
)

// spinner is the task that spins, and what came of it. All but the flags is the root's to read once `ended` is up.
type spinner struct {
	began, ended  atomic.Bool
	steps, answer uint64
	spun          time.Duration
}

func (p *spinner) run(wanted time.Duration) {
	begin := time.Now()
	p.began.Store(true)
	for p.spun < wanted {
		p.answer = spin.Steps(p.answer, stepsBetweenLooks)
		p.steps += stepsBetweenLooks
		p.spun = time.Since(begin)
	}
	p.ended.Store(true)
}

// One task spins without giving way; beside it another sleeps 1 ms, again and again.
func sleepBesideSpin(cell catalog.Cell, _ Setup) (gbench.Body, error) {
	wanted := time.Duration(cell.Value("spin_ms")) * time.Millisecond
	return func(s *gbench.State) error {
		p := &spinner{}
		sleeps := make([]time.Duration, 0, 2*cell.Value("spin_ms")+64)

		s.ClockOn()
		last := time.Now()
		go p.run(wanted)
		for first := true; first || !p.ended.Load(); first = false {
			time.Sleep(nap)
			now := time.Now()
			if p.began.Load() {
				sleeps = append(sleeps, now.Sub(last))
			}
			last = now
		}
		s.ClockOff()

		sort.Slice(sleeps, func(i, j int) bool { return sleeps[i] < sleeps[j] })
		if len(sleeps) > 0 {
			s.Report("sleep_p50_ms", inMs(percentile(sleeps, 500)))
			s.Report("sleep_p99_ms", inMs(percentile(sleeps, 990)))
			s.Report("sleep_max_ms", inMs(sleeps[len(sleeps)-1]))
		}
		return checkSleepBesideSpin(sleeps, p)
	}, nil
}

// checkSleepBesideSpin wants one sleep at least, none shorter than asked for, and none missing of the time spun.
func checkSleepBesideSpin(sorted []time.Duration, p *spinner) error {
	if right := spin.Repeated(p.steps).Apply(0); p.answer != right {
		return outcome.Wrong("sleep_beside_spin: the spinning task lost steps")
	}
	if len(sorted) == 0 {
		return outcome.Wrong("sleep_beside_spin: no sleep ended while the other task span or after it")
	}
	if sorted[0] < nap {
		return outcome.Wrong("sleep_beside_spin: a sleep of %v took %v", nap, sorted[0])
	}
	var all time.Duration
	for _, length := range sorted {
		all += length
	}
	if all < p.spun-p.spun/10 {
		return outcome.Wrong("sleep_beside_spin: the sleeps are %v of the %v that the other task span", all, p.spun)
	}
	return nil
}
