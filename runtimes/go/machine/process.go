package machine

import (
	"bytes"
	"fmt"
	"os"
	"runtime/metrics"
	"strconv"
	"syscall"
	"time"
	"unsafe"
)

// ThreadCounter counts the kernel threads of this process. It keeps its file open and its buffer, so that counting
// leaves nothing behind for the garbage collector.
type ThreadCounter struct {
	status *os.File
	text   [4096]byte
}

// NewThreadCounter opens what is counted from.
func NewThreadCounter() (*ThreadCounter, error) {
	status, err := os.Open("/proc/self/status")
	if err != nil {
		return nil, err
	}
	return &ThreadCounter{status: status}, nil
}

// Count is the number of kernel threads now, or 0 where the kernel does not say.
func (c *ThreadCounter) Count() int {
	n, _ := c.status.ReadAt(c.text[:], 0) // ends in io.EOF whenever the file is shorter than the buffer
	threads, err := threadsIn(c.text[:n])
	if err != nil {
		return 0
	}
	return threads
}

func threadsIn(status []byte) (int, error) {
	_, rest, found := bytes.Cut(status, []byte("\nThreads:"))
	if !found {
		return 0, fmt.Errorf("no line Threads: in /proc/self/status")
	}
	line, _, _ := bytes.Cut(rest, []byte("\n"))
	return strconv.Atoi(string(bytes.TrimSpace(line)))
}

// StartingStack is how many bytes the runtime sets aside for the stack of a goroutine that starts now. It is 2,048
// at first; the runtime may raise it at a garbage collection to what goroutines were seen to need.
func StartingStack() uint64 {
	sample := []metrics.Sample{{Name: "/gc/stack/starting-size:bytes"}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return sample[0].Value.Uint64()
}

// CPUTime is the CPU time that the whole process has used, in user and in kernel mode.
func CPUTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// cpuClock is CLOCK_PROCESS_CPUTIME_ID.
const cpuClock = 2

// CPUClock is the same to the nanosecond: the clock that the C++ contenders read, too.
func CPUClock() (time.Duration, error) {
	var now syscall.Timespec
	if _, _, errno := syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, cpuClock, uintptr(unsafe.Pointer(&now)), 0); errno != 0 {
		return 0, fmt.Errorf("clock_gettime: %w", errno)
	}
	return time.Duration(now.Nano()), nil
}
