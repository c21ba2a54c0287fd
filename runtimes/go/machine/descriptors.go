package machine

import (
	"fmt"
	"strconv"
	"strings"
	"syscall"
)

// Inherited takes "R,W", the numbers of two file descriptors that this process was started with.
func Inherited(fds string) (r, w uintptr, err error) {
	left, right, found := strings.Cut(fds, ",")
	if !found {
		return 0, 0, fmt.Errorf("needs two file descriptors R,W, not %q", fds)
	}
	if r, err = openDescriptor(left); err != nil {
		return 0, 0, err
	}
	w, err = openDescriptor(right)
	return r, w, err
}

func openDescriptor(text string) (uintptr, error) {
	fd, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		return 0, fmt.Errorf("%q is not a file descriptor", text)
	}
	var status syscall.Stat_t
	if err := syscall.Fstat(int(fd), &status); err != nil {
		return 0, fmt.Errorf("file descriptor %d is not open", fd)
	}
	return uintptr(fd), nil
}

// MostDescriptors raises the number of descriptors that this process may have as far as is allowed, and returns it. Go
// has done so itself when the program started, from 1.19 on, but newer releases stop at one less.
func MostDescriptors() (uint64, error) {
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		return 0, fmt.Errorf("getrlimit: %w", err)
	}
	if files.Cur < files.Max {
		files.Cur = files.Max
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
			return 0, fmt.Errorf("setrlimit: %w", err)
		}
	}
	return files.Cur, nil
}
