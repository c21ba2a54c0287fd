package workloads

import (
	"sync"
	"sync/atomic"
	"time"

	"threadmark/bench_go/catalog"
	"threadmark/bench_go/gbench"
	"threadmark/bench_go/outcome"
)

// settle is how long the root waits after the last task has arrived, so that it has blocked as well.
const settle = 100 * time.Millisecond

// n tasks are alive at once, every one blocked in a receive on the same channel, until its close wakes them all.
func parked(cell catalog.Cell, setup Setup) (gbench.Body, error) {
	n, memory := int(cell.Value("n")), setup.Ledger
	return func(s *gbench.State) error {
		if err := memory.Snapshot("baseline", 0); err != nil {
			return err
		}
		gate := make(chan struct{})
		var arrived, ended sync.WaitGroup
		var woken, notClosed atomic.Int64
		// All tasks share one closure: `go` of a function without arguments allocates nothing but the goroutine.
		task := func() {
			arrived.Done()
			if _, open := <-gate; open {
				notClosed.Add(1)
			}
			woken.Add(1)
			ended.Done()
		}

		s.ClockOn()
		arrived.Add(n)
		ended.Add(n)
		for i := 0; i < n; i++ {
			go task()
		}
		arrived.Wait()
		s.PerUnit("create_ns_per_task", s.ClockOff(), uint64(n))

		time.Sleep(settle)
		if err := checkAsleep(woken.Load()); err != nil {
			return err
		}
		if err := memory.Snapshot("parked", uint64(n)); err != nil {
			return err
		}

		s.ClockOn()
		close(gate)
		ended.Wait()
		s.PerUnit("wake_ns_per_task", s.ClockOff(), uint64(n))
		return checkParked(int64(n), woken.Load(), notClosed.Load())
	}, nil
}

func checkAsleep(woken int64) error {
	if woken != 0 {
		return outcome.Wrong("parked: %d tasks went on before the channel was closed", woken)
	}
	return nil
}

func checkParked(n, woken, notClosed int64) error {
	if woken != n {
		return outcome.Wrong("parked: %d of %d tasks woke up", woken, n)
	}
	if notClosed != 0 {
		return outcome.Wrong("parked: %d of %d tasks received a value where the channel was closed", notClosed, n)
	}
	return nil
}
