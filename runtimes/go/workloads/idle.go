package workloads

import (
	"time"

	"threadmark/bench_go/catalog"
	"threadmark/bench_go/gbench"
	"threadmark/bench_go/machine"
	"threadmark/bench_go/outcome"
)

// n tasks are parked and nothing happens for a while: how much of the processor the runtime takes all the same.
func idle(cell catalog.Cell, _ Setup) (gbench.Body, error) {
	n, window := int(cell.Value("n")), time.Duration(cell.Value("window_ms"))*time.Millisecond
	return func(s *gbench.State) error {
		tasks := newParkedTasks(n)
		tasks.startAll()
		tasks.arrived.Wait()
		time.Sleep(settle)
		if err := checkAsleep("idle", tasks.woken.Load()); err != nil {
			return err
		}

		s.ClockOn()
		before, err := machine.CPUClock()
		if err != nil {
			return err
		}
		time.Sleep(window)
		after, err := machine.CPUClock()
		if err != nil {
			return err
		}
		lasted := s.ClockOff()
		s.Report("cpu_ms", inMs(after-before))

		if err := checkAsleep("idle", tasks.woken.Load()); err != nil {
			return err
		}
		close(tasks.gate)
		tasks.ended.Wait()
		return checkIdle(window, lasted, int64(n), tasks.woken.Load(), tasks.notClosed.Load())
	}, nil
}

func checkIdle(window, lasted time.Duration, n, woken, notClosed int64) error {
	if lasted < window {
		return outcome.Wrong("idle: a sleep of %v ended after %v", window, lasted)
	}
	return checkWoken("idle", n, woken, notClosed)
}

func inMs(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 }
