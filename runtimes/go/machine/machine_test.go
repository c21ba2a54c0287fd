package machine

import (
	"os"
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

func TestSetsOfCPUs(t *testing.T) {
	var set CPUSet
	set[0], set[1], set[127] = 1<<3|1<<63, 1<<0, 1<<63
	if set.Count() != 4 || set.String() != "3,63,64,8191" {
		t.Errorf("%d CPUs: %s", set.Count(), set)
	}
	for k, want := range map[int]string{0: "", 1: "3", 3: "3,63,64", 4: "3,63,64,8191", 9: "3,63,64,8191"} {
		if got := set.First(k).String(); got != want {
			t.Errorf("the first %d are %q, want %q", k, got, want)
		}
	}
}

func TestAllowedAgreesWithTheRuntime(t *testing.T) {
	set, err := Allowed()
	if err != nil || set.Count() != runtime.NumCPU() {
		t.Errorf("%s, %v; the runtime counts %d", set, err, runtime.NumCPU())
	}
}

func TestEffectiveCoresIsTheSmallerOfMaskAndScheduler(t *testing.T) {
	saved := runtime.GOMAXPROCS(1)
	defer runtime.GOMAXPROCS(saved)
	if got := EffectiveCores(); got != 1 {
		t.Errorf("GOMAXPROCS=1 makes %d", got)
	}
	runtime.GOMAXPROCS(runtime.NumCPU() + 3)
	if got := EffectiveCores(); got != runtime.NumCPU() {
		t.Errorf("more than there are makes %d, not %d", got, runtime.NumCPU())
	}
}

func TestThreadsAreCounted(t *testing.T) {
	counter, err := NewThreadCounter()
	if err != nil {
		t.Fatal(err)
	}
	before := counter.Count()
	if tasks, err := os.ReadDir("/proc/self/task"); err != nil || before < 1 || len(tasks) < before {
		t.Errorf("%d threads, %d entries in /proc/self/task, %v", before, len(tasks), err)
	}
	// Locked goroutines that stay in place need a thread each.
	const more = 5
	ready, leave := make(chan bool), make(chan bool)
	for i := 0; i < more; i++ {
		go func() {
			runtime.LockOSThread()
			ready <- true
			<-leave
		}()
	}
	for i := 0; i < more; i++ {
		<-ready
	}
	if now := counter.Count(); now < more {
		t.Errorf("%d threads with %d locked goroutines", now, more)
	}
	close(leave)
	if n, err := threadsIn([]byte("Name:\tx\nThreads:\t17\nNSpid:\t1\n")); n != 17 || err != nil {
		t.Errorf("17 threads are read as %d, %v", n, err)
	}
	if _, err := threadsIn([]byte("Name:\tx\n")); err == nil {
		t.Error("a status without the line was accepted")
	}
}

func TestWhatTheProcessSays(t *testing.T) {
	if stack := StartingStack(); stack < 2048 || stack > 1<<20 || stack&(stack-1) != 0 {
		t.Errorf("a starting stack of %d bytes", stack)
	}
	before := CPUTime()
	x := uint64(1)
	for i := 0; i < 200_000_000 && CPUTime() == before; i++ {
		x = x*3 + 1
	}
	if CPUTime() <= before {
		t.Errorf("CPU time does not pass (%d)", x)
	}
	clock, err := CPUClock()
	if now := CPUTime(); err != nil || clock <= 0 || clock > now+time.Second || now > clock+time.Second {
		t.Errorf("the clock of CPU time says %v (%v), the accounts say %v", clock, err, now)
	}
	if CPUs() < runtime.NumCPU() {
		t.Errorf("%d CPUs in the machine, %d usable", CPUs(), runtime.NumCPU())
	}
	if loads := LoadAverage(); len(loads) != 3 {
		t.Errorf("load average %v", loads)
	}
	if MHz() < 0 {
		t.Errorf("%d MHz", MHz())
	}
}

// Three times as long as Go lets a goroutine run.
func TestWhoHoldsTheOnlyPIsNotPreempted(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if err := HoldP(); err != nil {
		t.Fatal(err)
	}
	var ran atomic.Bool
	ended := make(chan struct{})
	go func() {
		ran.Store(true)
		close(ended)
	}()
	var calls func(int) int // calls are where a goroutine is preempted
	calls = func(depth int) int {
		if depth == 0 {
			return 1
		}
		return calls(depth-1) + 1
	}
	for start := time.Now(); time.Since(start) < 30*time.Millisecond; {
		calls(100)
	}
	early := ran.Load()
	ReleaseP()
	<-ended
	if early {
		t.Error("the other goroutine ran meanwhile")
	}
	runtime.GOMAXPROCS(2)
	if err := HoldP(); err == nil {
		ReleaseP()
		t.Error("held one of two")
	}
}
