package workloads

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"threadmark/bench_go/catalog"
	"threadmark/bench_go/gbench"
	"threadmark/bench_go/outcome"
)

// waitingNumbers is how many numbers may wait in the channel that a pool of workers takes them from.
const waitingNumbers = 128

// errBusy is the backend's answer where there are as many calls in it as it bears.
var errBusy = errors.New("busy")

// service is the backend. It counts the calls in it.
type service struct {
	connections  int64
	takes        time.Duration
	inside, most atomic.Int64
}

func (b *service) call() error {
	if !b.enter() {
		return errBusy
	}
	time.Sleep(b.takes)
	b.inside.Add(-1)
	return nil
}

// enter refuses whom there is no room for, and never waits.
func (b *service) enter() bool {
	for {
		now := b.inside.Load()
		if now >= b.connections {
			return false
		}
		if b.inside.CompareAndSwap(now, now+1) {
			b.note(now + 1)
			return true
		}
	}
}

// note keeps the most that were seen.
func (b *service) note(now int64) {
	for {
		most := b.most.Load()
		if now <= most || b.most.CompareAndSwap(most, now) {
			return
		}
	}
}

// callers make the calls, and count how they went.
type callers struct {
	backend           service
	answered, refused atomic.Int64
	ended             sync.WaitGroup
}

func (c *callers) call() {
	if c.backend.call() != nil {
		c.refused.Add(1)
	} else {
		c.answered.Add(1)
	}
}

// eachForItself starts a task for each call.
func (c *callers) eachForItself(tasks int) {
	task := func() {
		c.call()
		c.ended.Done()
	}
	c.ended.Add(tasks)
	for i := 0; i < tasks; i++ {
		go task()
	}
}

// throughPool hands the calls to a fixed number of workers.
func (c *callers) throughPool(tasks, workers int) {
	numbers := make(chan int, waitingNumbers)
	worker := func() {
		for range numbers {
			c.call()
		}
		c.ended.Done()
	}
	c.ended.Add(workers)
	for i := 0; i < workers; i++ {
		go worker()
	}
	for i := 0; i < tasks; i++ {
		numbers <- i
	}
	close(numbers)
}

// Many tasks call a backend that refuses more than so many calls at once: each for itself, or through a pool of
// workers.
func backend(cell catalog.Cell, _ Setup) (gbench.Body, error) {
	tasks, pool, connections := int(cell.Value("tasks")), int(cell.Value("pool")), int64(cell.Value("connections"))
	takes := time.Duration(cell.Value("call_us")) * time.Microsecond
	return func(s *gbench.State) error {
		c := &callers{backend: service{connections: connections, takes: takes}}
		s.ClockOn()
		if pool == 0 {
			c.eachForItself(tasks)
		} else {
			c.throughPool(tasks, pool)
		}
		c.ended.Wait()
		s.PerUnit("ns_per_call", s.ClockOff(), uint64(tasks))
		refused, most := c.refused.Load(), c.backend.most.Load()
		s.Report("errors", float64(refused))
		s.Report("most_in_flight", float64(most))
		return checkBackend(int64(tasks), connections, c.answered.Load(), refused, most)
	}, nil
}

func checkBackend(tasks, connections, answered, refused, most int64) error {
	if answered+refused != tasks {
		return outcome.Wrong("backend: %d calls were answered and %d refused of %d", answered, refused, tasks)
	}
	if most < 1 || most > connections {
		return outcome.Wrong("backend: up to %d calls were in it at once, where 1 to %d may be", most, connections)
	}
	return nil
}
