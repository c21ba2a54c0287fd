package workloads

import (
	"time"

	"threadmark/bench_go/catalog"
	"threadmark/bench_go/gbench"
)

// n tasks are alive at once, every one blocked in a receive on the same channel, until its close wakes them all.
func parked(cell catalog.Cell, setup Setup) (gbench.Body, error) {
	n, memory := int(cell.Value("n")), setup.Ledger
	return func(s *gbench.State) error {
		if err := memory.Stacks(); err != nil {
			return err
		}
		if err := memory.Snapshot("baseline", 0); err != nil {
			return err
		}
		tasks := newParkedTasks(n)

		s.ClockOn()
		tasks.startAll()
		tasks.arrived.Wait()
		s.PerUnit("create_ns_per_task", s.ClockOff(), uint64(n))

		time.Sleep(settle)
		if err := checkAsleep("parked", tasks.woken.Load()); err != nil {
			return err
		}
		if err := memory.Stacks(); err != nil {
			return err
		}
		if err := memory.Snapshot("parked", uint64(n)); err != nil {
			return err
		}

		s.ClockOn()
		close(tasks.gate)
		tasks.ended.Wait()
		s.PerUnit("wake_ns_per_task", s.ClockOff(), uint64(n))
		if err := memory.ControlBlock(); err != nil {
			return err
		}
		return checkParked(int64(n), tasks.woken.Load(), tasks.notClosed.Load())
	}, nil
}

func checkParked(n, woken, notClosed int64) error { return checkWoken("parked", n, woken, notClosed) }
