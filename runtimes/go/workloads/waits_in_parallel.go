package workloads

import (
	"sync"
	"sync/atomic"
	"time"

	"threadmark/bench_go/catalog"
	"threadmark/bench_go/gbench"
	"threadmark/bench_go/outcome"
)

// One task starts n others that each wait, and goes on.
func waitsInParallel(cell catalog.Cell, _ Setup) (gbench.Body, error) {
	n, wait := cell.Value("n"), time.Duration(cell.Value("wait_ms"))*time.Millisecond
	return func(s *gbench.State) error {
		var ended sync.WaitGroup
		var waited, tooShort atomic.Int64
		task := func() {
			asleep := time.Now()
			time.Sleep(wait)
			if time.Since(asleep) < wait {
				tooShort.Add(1)
			}
			waited.Add(1)
			ended.Done()
		}
		s.ClockOn()
		begin := time.Now()
		ended.Add(int(n))
		for i := uint64(0); i < n; i++ {
			go task()
		}
		heldUp := time.Since(begin)
		ended.Wait()
		all := s.ClockOff()
		s.PerUnit("held_up_ns", heldUp, n)
		s.PerUnit("times_the_wait", all, uint64(wait))
		return checkWaitsInParallel(int64(n), waited.Load(), tooShort.Load())
	}, nil
}

func checkWaitsInParallel(n, waited, tooShort int64) error {
	if waited != n {
		return outcome.Wrong("waits_in_parallel: %d of %d tasks have waited", waited, n)
	}
	if tooShort != 0 {
		return outcome.Wrong("waits_in_parallel: %d of %d tasks slept for less than they asked", tooShort, n)
	}
	return nil
}
