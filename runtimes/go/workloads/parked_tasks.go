package workloads

import (
	"sync"
	"sync/atomic"
	"time"

	"threadmark/bench_go/outcome"
)

// settle is how long the root waits after the last task has arrived, so that it has blocked as well.
const settle = 100 * time.Millisecond

// parkedTasks are n tasks that are blocked in a receive on one channel until its close wakes them: what parked, idle
// and laptop are about.
type parkedTasks struct {
	n                int
	gate             chan struct{}
	arrived, ended   sync.WaitGroup
	woken, notClosed atomic.Int64
}

func newParkedTasks(n int) *parkedTasks { return &parkedTasks{n: n, gate: make(chan struct{})} }

func (p *parkedTasks) startAll() {
	// All tasks share one closure: `go` of a function without arguments allocates nothing but the goroutine.
	p.start(func() {
		p.arrived.Done()
		if _, open := <-p.gate; open {
			p.notClosed.Add(1)
		}
		p.woken.Add(1)
		p.ended.Done()
	})
}

// start starts n tasks that do this.
func (p *parkedTasks) start(task func()) {
	p.arrived.Add(p.n)
	p.ended.Add(p.n)
	for i := 0; i < p.n; i++ {
		go task()
	}
}

func checkAsleep(workload string, woken int64) error {
	if woken != 0 {
		return outcome.Wrong("%s: %d tasks went on before the channel was closed", workload, woken)
	}
	return nil
}

func checkWoken(workload string, n, woken, notClosed int64) error {
	if woken != n {
		return outcome.Wrong("%s: %d of %d tasks woke up", workload, woken, n)
	}
	if notClosed != 0 {
		return outcome.Wrong("%s: %d of %d tasks received a value where the channel was closed", workload, notClosed, n)
	}
	return nil
}
