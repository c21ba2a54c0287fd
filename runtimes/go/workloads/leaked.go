package workloads

import (
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"threadmark/bench_go/catalog"
	"threadmark/bench_go/gbench"
	"threadmark/bench_go/outcome"
)

// leaks are tasks that wait for what nobody will ever do.
type leaks struct {
	arrived sync.WaitGroup
	wentOn  atomic.Int64
}

// leak waits in a channel that nobody else has ever seen.
func (l *leaks) leak() {
	never := make(chan struct{})
	l.arrived.Done()
	<-never
	l.wentOn.Add(1)
}

// leakName is the method's name in a goroutine profile.
const leakName = "threadmark/bench_go/workloads.(*leaks).leak"

// n tasks wait in channels that nobody will ever send into or close.
func leaked(cell catalog.Cell, setup Setup) (gbench.Body, error) {
	n, memory := cell.Value("n"), setup.Ledger
	idle := time.Duration(cell.Value("idle_ms")) * time.Millisecond
	return func(s *gbench.State) error {
		older := receiversIn(leakName) // none, but where the workload is repeated in one process
		if err := memory.Snapshot("baseline", 0); err != nil {
			return err
		}
		l := new(leaks)
		s.ClockOn() // a run has a time; no metric comes of it
		l.arrived.Add(int(n))
		task := l.leak // one closure for all
		for i := uint64(0); i < n; i++ {
			go task()
		}
		l.arrived.Wait()
		s.ClockOff()

		time.Sleep(settle)
		if err := memory.Snapshot("leaked", n); err != nil {
			return err
		}
		time.Sleep(idle)
		debug.FreeOSMemory()
		if err := memory.Snapshot("aged", n); err != nil {
			return err
		}
		listed := receiversIn(leakName) - older
		s.Report("listed", float64(listed))
		return checkLeaked(int64(n), l.wentOn.Load(), int64(listed))
	}, nil
}

func checkLeaked(n, wentOn, listed int64) error {
	if wentOn != 0 {
		return outcome.Wrong("leaked: %d of %d tasks went on, though nobody woke them", wentOn, n)
	}
	if listed < 0 || listed > n {
		return outcome.Wrong("leaked: %d tasks are listed of %d", listed, n)
	}
	return nil
}
