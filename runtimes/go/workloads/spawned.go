package workloads

import (
	"runtime"
	"sync"
	"sync/atomic"

	"threadmark/bench_go/catalog"
	"threadmark/bench_go/gbench"
	"threadmark/bench_go/ledger"
	"threadmark/bench_go/machine"
	"threadmark/bench_go/outcome"
)

// n tasks have been started and none of them has run yet.
func spawned(cell catalog.Cell, setup Setup) (gbench.Body, error) {
	n, memory := int(cell.Value("n")), setup.Ledger
	return func(s *gbench.State) error {
		var ended sync.WaitGroup
		var ran atomic.Int64
		task := func() {
			ran.Add(1)
			ended.Done()
		}
		ended.Add(n)
		runtime.GC() // so that none is on its way, which would want the P

		s.ClockOn()
		if err := machine.HoldP(); err != nil {
			return outcome.Unsupportedf("held_start: %v", err)
		}
		early, err := startHeld(n, task, &ran, memory.Raw())
		machine.ReleaseP()
		s.ClockOff() // after the release, since it makes system calls
		if err != nil {
			return err
		}
		ended.Wait()
		return checkSpawned(int64(n), early, ran.Load())
	}, nil
}

// startHeld starts the tasks between two snapshots and says how many ran all the same. The caller holds its P.
func startHeld(n int, task func(), ran *atomic.Int64, memory *ledger.Ledger) (early int64, err error) {
	if err := memory.Snapshot("baseline", 0); err != nil {
		return 0, err
	}
	for i := 0; i < n; i++ {
		go task()
	}
	err = memory.Snapshot("spawned", uint64(n))
	return ran.Load(), err
}

func checkSpawned(n, early, ran int64) error {
	if early != 0 {
		return outcome.Wrong("spawned: %d of %d tasks ran before they were let", early, n)
	}
	if ran != n {
		return outcome.Wrong("spawned: %d of %d tasks ran", ran, n)
	}
	return nil
}
