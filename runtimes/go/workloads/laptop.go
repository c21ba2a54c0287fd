package workloads

import (
	"sync/atomic"
	"time"

	"threadmark/bench_go/catalog"
	"threadmark/bench_go/gbench"
	"threadmark/bench_go/outcome"
)

// requestStack is how many bytes of its stack a task uses before it parks.
const requestStack = 2048

// request is what a task has in its hands.
type request [1024]byte

// n tasks are alive at once, each with a small request in its hands, on a machine of so much memory.
//
// How much memory that is, memory_mb, is for the conductor to enforce.
func laptop(cell catalog.Cell, setup Setup) (gbench.Body, error) {
	n, memory := int(cell.Value("n")), setup.Ledger
	return func(s *gbench.State) error {
		if err := memory.Snapshot("baseline", 0); err != nil {
			return err
		}
		tasks := newParkedTasks(n)
		s.ClockOn() // a run has a time; no metric comes of it
		whole := startRequests(tasks)
		tasks.arrived.Wait()
		s.ClockOff()

		time.Sleep(settle)
		if err := checkAsleep("laptop", tasks.woken.Load()); err != nil {
			return err
		}
		if err := memory.Snapshot("parked", uint64(n)); err != nil {
			return err
		}
		close(tasks.gate)
		tasks.ended.Wait()
		return checkLaptop(int64(n), tasks.woken.Load(), tasks.notClosed.Load(), whole.Load())
	}, nil
}

// startRequests starts the tasks and returns the count of those that found everything as they had left it.
func startRequests(p *parkedTasks) (whole *atomic.Int64) {
	whole = new(atomic.Int64)
	var born atomic.Int64
	const calls = requestStack / callBytes
	right, atBottom := rightSum(calls), func(uint64) {}
	p.start(func() {
		number := byte(born.Add(1))
		held := newRequest(number)
		read := descend(calls, 0, atBottom)
		p.arrived.Done()
		if _, open := <-p.gate; open {
			p.notClosed.Add(1)
		}
		if read == right && held.is(number) {
			whole.Add(1)
		}
		p.woken.Add(1)
		p.ended.Done()
	})
	return whole
}

// newRequest is not inlined, so that the request is on the heap: its caller's stack would do otherwise.
//
//go:noinline
func newRequest(number byte) *request {
	r := new(request)
	for i := range r {
		r[i] = number
	}
	return r
}

func (r *request) is(number byte) bool {
	for _, b := range r {
		if b != number {
			return false
		}
	}
	return true
}

func checkLaptop(n, woken, notClosed, whole int64) error {
	if err := checkWoken("laptop", n, woken, notClosed); err != nil {
		return err
	}
	if whole != n {
		return outcome.Wrong("laptop: %d of %d tasks found their bytes as they had left them", whole, n)
	}
	return nil
}
