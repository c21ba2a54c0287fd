package machine

import (
	"runtime/debug"
	"syscall"
)

// DieBySignal makes Go's own fatal errors (no more memory, no more threads, a panic) end in SIGABRT. By default they
// exit with 2, which in this suite says that the command line was wrong. No core file is left behind.
func DieBySignal() {
	debug.SetTraceback("crash")
	var core syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_CORE, &core) == nil {
		core.Cur = 0
		_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &core) // lowering the soft limit cannot be refused
	}
}
