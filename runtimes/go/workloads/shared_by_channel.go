package workloads

import (
	"sync"
	"sync/atomic"

	"threadmark/bench_go/catalog"
	"threadmark/bench_go/gbench"
)

// waitingUpdates is how many updates may wait for the task that owns the table.
const waitingUpdates = 128

// ownedTable is a table that one task updates, as others ask for it over a channel.
type ownedTable struct {
	wanted  chan uint64
	table   sharedTable
	sending atomic.Int64 // tasks that are not done; the last closes the channel
	owner   sync.WaitGroup
}

func (o *ownedTable) own() {
	for k := range o.wanted {
		o.table.update(k)
	}
	o.owner.Done()
}

// sendEach asks for every step-th update, from first on.
func (o *ownedTable) sendEach(first, step, updates uint64) {
	for k := first; k < updates; k += step {
		o.wanted <- k
	}
	if o.sending.Add(-1) == 0 {
		close(o.wanted)
	}
}

// Several tasks send their updates of one table to the task that owns it.
func sharedByChannel(cell catalog.Cell, _ Setup) (gbench.Body, error) {
	tasks, updates := cell.Value("tasks"), cell.Value("updates")
	return func(s *gbench.State) error {
		o := &ownedTable{wanted: make(chan uint64, waitingUpdates)}
		s.ClockOn()
		o.owner.Add(1)
		o.sending.Store(int64(tasks))
		go o.own()
		for t := uint64(0); t < tasks; t++ {
			go o.sendEach(t, tasks, updates)
		}
		o.owner.Wait()
		s.PerUnit("ns_per_update", s.ClockOff(), updates)
		return checkSharedByChannel(&o.table, updates)
	}, nil
}

func checkSharedByChannel(table *sharedTable, updates uint64) error {
	return checkTable("shared_by_channel", table, updates)
}
