package workloads

import (
	"runtime"
	"strings"
)

// receiversIn is how many goroutines wait in a channel receive of the function, whose name is written in full, by
// the goroutine profile. Goroutines that stand alike are read once: of a hundred thousand there are a few kinds.
func receiversIn(function string) (count int) {
	kinds := map[[32]uintptr]int{}
	for _, record := range goroutineProfile() {
		kinds[record.Stack0]++
	}
	for stack, alike := range kinds {
		if receivesIn(function, (&runtime.StackRecord{Stack0: stack}).Stack()) {
			count += alike
		}
	}
	return count
}

// goroutineProfile leaves room for goroutines that start meanwhile, and tries again where it was not enough.
func goroutineProfile() []runtime.StackRecord {
	for {
		records := make([]runtime.StackRecord, runtime.NumGoroutine()+100)
		if n, ok := runtime.GoroutineProfile(records); ok {
			return records[:n]
		}
	}
}

// receivesIn says whether the function stands right below the runtime's receive.
func receivesIn(function string, stack []uintptr) bool {
	frames := runtime.CallersFrames(stack)
	for above := ""; ; {
		frame, more := frames.Next()
		if frame.Function == function {
			return strings.HasPrefix(above, "runtime.chanrecv")
		}
		if !more {
			return false
		}
		above = frame.Function
	}
}
