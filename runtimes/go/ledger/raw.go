package ledger

import (
	"io"
	"syscall"
	"unsafe"
)

// rawFile is a file descriptor that blocks the thread where it blocks.
type rawFile uintptr

func (f rawFile) Read(into []byte) (int, error) {
	n, err := f.call(syscall.SYS_READ, into)
	if n == 0 && err == nil && len(into) > 0 {
		err = io.EOF
	}
	return n, err
}

func (f rawFile) Write(from []byte) (int, error) {
	done := 0
	for done < len(from) {
		n, err := f.call(syscall.SYS_WRITE, from[done:])
		if err != nil {
			return done, err
		}
		done += n
	}
	return done, nil
}

// call reads or writes once; a signal, as Go sends them to preempt, is no reason to give up.
func (f rawFile) call(number uintptr, bytes []byte) (int, error) {
	if len(bytes) == 0 {
		return 0, nil
	}
	for {
		n, _, errno := syscall.RawSyscall(number, uintptr(f), uintptr(unsafe.Pointer(&bytes[0])), uintptr(len(bytes)))
		switch errno {
		case 0:
			return int(n), nil
		case syscall.EINTR:
		default:
			return 0, errno
		}
	}
}
