package workloads

import (
	"sync"

	"threadmark/bench_go/catalog"
	"threadmark/bench_go/gbench"
)

// lockedTable is a table that whoever updates it locks.
type lockedTable struct {
	mutex sync.Mutex
	table sharedTable
	ended sync.WaitGroup
}

// updateEach makes every step-th update, from first on.
func (l *lockedTable) updateEach(first, step, updates uint64) {
	for k := first; k < updates; k += step {
		l.mutex.Lock()
		l.table.update(k)
		l.mutex.Unlock()
	}
	l.ended.Done()
}

// Several tasks update one table, each under the same mutex.
func sharedByMutex(cell catalog.Cell, _ Setup) (gbench.Body, error) {
	tasks, updates := cell.Value("tasks"), cell.Value("updates")
	return func(s *gbench.State) error {
		l := new(lockedTable)
		s.ClockOn()
		l.ended.Add(int(tasks))
		for t := uint64(0); t < tasks; t++ {
			go l.updateEach(t, tasks, updates)
		}
		l.ended.Wait()
		s.PerUnit("ns_per_update", s.ClockOff(), updates)
		return checkSharedByMutex(&l.table, updates)
	}, nil
}

func checkSharedByMutex(table *sharedTable, updates uint64) error {
	return checkTable("shared_by_mutex", table, updates)
}
