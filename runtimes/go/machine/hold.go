package machine

import (
	"fmt"
	"runtime"
	_ "unsafe" // for go:linkname
)

// HoldP keeps the calling goroutine on its P (Go's word for the right to run goroutines) until ReleaseP: neither the
// timer that preempts a goroutine after 10 ms nor a garbage collection takes it away. With one P, no other goroutine
// runs meanwhile, so what is started is not begun. In between the caller must not block, but in a raw system call,
// of which the scheduler learns nothing.
//
// Nothing that Go exports does this: a goroutine that merely does not yield is preempted, and then those that it has
// started run. The function is the one behind sync.Pool, which other packages use in this way too.
func HoldP() error {
	if procs := runtime.GOMAXPROCS(0); procs > 1 {
		return fmt.Errorf("with GOMAXPROCS %d another P runs what is started", procs)
	}
	procPin()
	return nil
}

// ReleaseP ends what HoldP began.
func ReleaseP() { procUnpin() }

//go:linkname procPin runtime.procPin
func procPin() int

//go:linkname procUnpin runtime.procUnpin
func procUnpin()
