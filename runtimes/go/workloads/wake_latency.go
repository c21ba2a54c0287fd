package workloads

import (
	"time"

	"threadmark/bench_go/catalog"
	"threadmark/bench_go/gbench"
)

// The same as hand_off_latency, after nothing has happened for a while.
func wakeLatency(cell catalog.Cell, _ Setup) (gbench.Body, error) {
	samples, gap := cell.Value("samples"), time.Duration(cell.Value("gap_us"))*time.Microsecond
	return func(s *gbench.State) error {
		h := newHandOvers(samples)
		s.ClockOn()
		h.run(gap)
		s.ClockOff()
		reportLatencies(s, h.counted())
		return checkWakeLatency(h)
	}, nil
}

func checkWakeLatency(h *handOvers) error { return checkHandOvers("wake_latency", h) }
