package workloads

import (
	"threadmark/bench_go/catalog"
	"threadmark/bench_go/gbench"
	"threadmark/bench_go/outcome"
)

// roundTrips is how often the value goes there and back in an iteration.
const roundTrips = 1000

// Two tasks pass one value back and forth over a pair of channels; the second adds one each time.
func pingPong(cell catalog.Cell, _ Setup) (gbench.Body, error) {
	capacity := int(cell.Value("capacity"))
	return func(s *gbench.State) error {
		ping, pong := make(chan uint64, capacity), make(chan uint64, capacity)
		go func() {
			for v := range ping {
				pong <- v + 1
			}
		}()
		v := uint64(0)
		s.ClockOn()
		for i := 0; i < roundTrips; i++ {
			ping <- v
			v = <-pong
		}
		elapsed := s.ClockOff()
		close(ping)
		s.PerUnit("ns_per_round_trip", elapsed, roundTrips)
		return checkPingPong(v)
	}, nil
}

func checkPingPong(last uint64) error {
	if last != roundTrips {
		return outcome.Wrong("ping_pong: %d came back at the end of %d round trips", last, roundTrips)
	}
	return nil
}
