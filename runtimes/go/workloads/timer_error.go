package workloads

import (
	"time"

	"threadmark/bench_go/catalog"
	"threadmark/bench_go/gbench"
	"threadmark/bench_go/outcome"
)

// One task sleeps, again and again: how much longer than it asked for.
func timerError(cell catalog.Cell, _ Setup) (gbench.Body, error) {
	samples, delay := cell.Value("samples"), time.Duration(cell.Value("delay_us"))*time.Microsecond
	return func(s *gbench.State) error {
		late := make([]time.Duration, samples)
		watch := newStopwatch()
		s.ClockOn()
		for i := range late {
			begin := watch.now()
			time.Sleep(delay)
			late[i] = watch.now() - begin - delay
		}
		s.ClockOff()
		reportLatencies(s, late)
		return checkTimerError(late)
	}, nil
}

func checkTimerError(late []time.Duration) error {
	for _, by := range late {
		if by < 0 {
			return outcome.Wrong("timer_error: a sleep was %v shorter than asked for", -by)
		}
	}
	return nil
}
