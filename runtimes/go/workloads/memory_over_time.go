package workloads

import (
	"math/bits"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"threadmark/bench_go/catalog"
	"threadmark/bench_go/gbench"
	"threadmark/bench_go/outcome"
)

// n tasks park, go deep into their stacks, come back, are left alone and end; the memory that they hold is read at
// each of these moments.
func memoryOverTime(cell catalog.Cell, setup Setup) (gbench.Body, error) {
	n, depth, memory := cell.Value("n"), cell.Value("depth_bytes"), setup.Ledger
	idle := time.Duration(cell.Value("idle_ms")) * time.Millisecond
	return func(s *gbench.State) error {
		if err := checkRoom(depth, uint64(mostStack())); err != nil {
			return err
		}
		if err := memory.Snapshot("baseline", 0); err != nil {
			return err
		}
		d := newDivers(int(n), depth)
		s.ClockOn() // a run has a time; no metric comes of it
		for _, moment := range []struct {
			name  string
			reach func()
		}{
			{"parked", func() { d.startAll(); d.parked.Wait(); time.Sleep(settle) }},
			{"deep", func() { close(d.down); d.deep.Wait(); time.Sleep(settle) }},
			{"returned", func() { close(d.up); d.back.Wait(); time.Sleep(settle) }},
			{"idle", func() { time.Sleep(idle) }},
			{"asked", func() { debug.FreeOSMemory(); time.Sleep(settle) }},
			{"ended", func() { close(d.end); d.ended.Wait(); time.Sleep(idle) }},
		} {
			moment.reach()
			if err := memory.Snapshot(moment.name, n); err != nil {
				return err
			}
		}
		s.ClockOff()
		return checkMemoryOverTime(int64(n), d.rightDown.Load(), d.rightBack.Load())
	}, nil
}

// divers are n tasks that go down their stacks, and back, when the channels are closed that they wait at.
type divers struct {
	n                         int
	calls                     uint64
	down, up, end             chan struct{}
	parked, deep, back, ended sync.WaitGroup
	rightDown, rightBack      atomic.Int64 // how many read what they had written
}

func newDivers(n int, depth uint64) *divers {
	return &divers{n: n, calls: (depth + callBytes - 1) / callBytes,
		down: make(chan struct{}), up: make(chan struct{}), end: make(chan struct{})}
}

func (d *divers) startAll() {
	right := rightSum(d.calls)
	atBottom := func(read uint64) {
		if read == right {
			d.rightDown.Add(1)
		}
		d.deep.Done()
		<-d.up
	}
	task := func() {
		d.parked.Done()
		<-d.down
		if descend(d.calls, 0, atBottom) == right {
			d.rightBack.Add(1)
		}
		d.back.Done()
		<-d.end
		d.ended.Done()
	}
	for _, reached := range []*sync.WaitGroup{&d.parked, &d.deep, &d.back, &d.ended} {
		reached.Add(d.n)
	}
	for i := 0; i < d.n; i++ {
		go task()
	}
}

// mostStack is how large a stack can be: Go doubles them, and not beyond its limit.
func mostStack() int {
	limit := debug.SetMaxStack(1 << 30) // tells the old one, but only to whom sets a new one
	debug.SetMaxStack(limit)
	return 1 << (bits.Len(uint(limit)) - 1)
}

// checkRoom allows for what the compiler adds to a call's own bytes, and for what the runtime needs.
func checkRoom(depth, most uint64) error {
	if need := depth + depth/2 + 16<<10; need > most {
		return outcome.Limitf("a stack of %d bytes has no room for the %d that %d need", most, need, depth)
	}
	return nil
}

func checkMemoryOverTime(n, rightDown, rightBack int64) error {
	if rightDown != n {
		return outcome.Wrong("memory_over_time: %d of %d tasks got to the bottom and read there what they had written",
			rightDown, n)
	}
	if rightBack != n {
		return outcome.Wrong("memory_over_time: %d of %d tasks read on the way back what they had written", rightBack, n)
	}
	return nil
}
