package workloads

import (
	"threadmark/bench_go/catalog"
	"threadmark/bench_go/gbench"
)

// One task hands a time to another that waits for it, over a channel without capacity: how old it is when it arrives.
func handOffLatency(cell catalog.Cell, _ Setup) (gbench.Body, error) {
	samples := cell.Value("samples")
	return func(s *gbench.State) error {
		h := newHandOvers(samples)
		s.ClockOn()
		h.run(0)
		s.ClockOff()
		reportLatencies(s, h.counted())
		return checkHandOffLatency(h)
	}, nil
}

func checkHandOffLatency(h *handOvers) error { return checkHandOvers("hand_off_latency", h) }
