// Package machine asks the operating system, and Go's runtime, what is really in force.
package machine

import (
	"fmt"
	"math/bits"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"unsafe"

	"threadmark/bench_go/outcome"
)

// CPUSet is a scheduling mask, wide enough for 8,192 CPUs.
type CPUSet [128]uint64

// Allowed is the mask of the calling thread.
func Allowed() (CPUSet, error) {
	var set CPUSet
	_, _, errno := syscall.RawSyscall(syscall.SYS_SCHED_GETAFFINITY, 0, unsafe.Sizeof(set), uintptr(unsafe.Pointer(&set)))
	if errno != 0 {
		return set, fmt.Errorf("sched_getaffinity: %w", errno)
	}
	return set, nil
}

// setAllowed changes the mask of the calling thread only.
func setAllowed(set CPUSet) error {
	_, _, errno := syscall.RawSyscall(syscall.SYS_SCHED_SETAFFINITY, 0, unsafe.Sizeof(set), uintptr(unsafe.Pointer(&set)))
	if errno != 0 {
		return fmt.Errorf("sched_setaffinity: %w", errno)
	}
	return nil
}

// Count is the number of CPUs in the set.
func (s CPUSet) Count() int {
	n := 0
	for _, word := range s {
		n += bits.OnesCount64(word)
	}
	return n
}

// First is the set of its k lowest CPUs, or of all where it has fewer.
func (s CPUSet) First(k int) CPUSet {
	var first CPUSet
	for cpu := 0; cpu < len(s)*64 && k > 0; cpu++ {
		if bit := uint64(1) << (cpu % 64); s[cpu/64]&bit != 0 {
			first[cpu/64] |= bit
			k--
		}
	}
	return first
}

// String lists the CPUs, as in "0,1".
func (s CPUSet) String() string {
	var list []string
	for cpu := 0; cpu < len(s)*64; cpu++ {
		if s[cpu/64]>>(cpu%64)&1 == 1 {
			list = append(list, strconv.Itoa(cpu))
		}
	}
	return strings.Join(list, ",")
}

// Pin confines the process to the first `cores` CPUs that it may use, and Go's scheduler to as many.
//
// When main runs, Go has started threads already, and a mask is a thread's own; to set it on each would race with
// threads being born. So a process whose mask is not the wanted one sets it on this thread and executes itself anew:
// the new program's first thread, and every thread it ever starts, inherits the mask. The second time round the mask
// is the wanted one, so this cannot go in circles.
func Pin(cores int) error {
	runtime.LockOSThread() // the mask that is read, set and inherited by exec must be the same thread's
	defer runtime.UnlockOSThread()
	allowed, err := Allowed()
	if err != nil {
		return outcome.Misconfiguredf("%v", err)
	}
	if cores > allowed.Count() {
		return outcome.Misconfiguredf("--cores=%d, but this process may use only %d (CPUs %s)",
			cores, allowed.Count(), allowed)
	}
	if wanted := allowed.First(cores); wanted != allowed {
		return pinAnew(wanted)
	}
	runtime.GOMAXPROCS(cores)
	return nil
}

// pinAnew returns only when it fails.
func pinAnew(wanted CPUSet) error {
	if err := setAllowed(wanted); err != nil {
		return outcome.Misconfiguredf("cannot pin to CPUs %s: %v", wanted, err)
	}
	if got, err := Allowed(); err != nil || got != wanted {
		return outcome.Misconfiguredf("pinned to CPUs %s, but CPUs %s are in force", wanted, got)
	}
	self, err := os.Executable()
	if err != nil {
		return outcome.Misconfiguredf("cannot find the own program to start it anew: %v", err)
	}
	return outcome.Misconfiguredf("cannot execute %s anew: %v", self, syscall.Exec(self, os.Args, os.Environ()))
}

// EffectiveCores is how many cores tasks can really run on at once: the mask and the scheduler each have a say.
func EffectiveCores() int {
	procs := runtime.GOMAXPROCS(0)
	if allowed, err := Allowed(); err == nil && allowed.Count() < procs {
		return allowed.Count()
	}
	return procs
}
