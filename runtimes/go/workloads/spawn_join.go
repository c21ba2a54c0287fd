package workloads

import (
	"sync"

	"threadmark/bench_go/catalog"
	"threadmark/bench_go/gbench"
	"threadmark/bench_go/outcome"
)

// One task starts n tasks that each mark their own slot, and waits for all of them.
func spawnJoin(cell catalog.Cell, _ Setup) (gbench.Body, error) {
	n := int(cell.Value("n"))
	slots := make([]byte, n)
	return func(s *gbench.State) error {
		for i := range slots {
			slots[i] = 0
		}
		var done sync.WaitGroup
		s.ClockOn()
		done.Add(n)
		for i := range slots {
			go mark(&slots[i], &done)
		}
		done.Wait()
		elapsed := s.ClockOff()
		s.PerUnit("ns_per_task", elapsed, uint64(n))
		return checkSpawnJoin(slots)
	}, nil
}

func mark(slot *byte, done *sync.WaitGroup) {
	*slot = 1
	done.Done()
}

func checkSpawnJoin(slots []byte) error {
	for i, slot := range slots {
		if slot != 1 {
			return outcome.Wrong("spawn_join: slot %d of %d is %d, not 1", i, len(slots), slot)
		}
	}
	return nil
}
