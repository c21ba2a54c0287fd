package workloads

// callBytes is what each call of descend has of its own on the stack.
const callBytes = 256

// descend goes so many calls deep, one at least. Each writes its own bytes and reads them twice: on the way down and
// on the way back. The bottom is told what was read on the way down; the result is what was read on the way back.
//
// A frame could be dropped, or its bytes, if the compiler saw through it: so neither this function is inlined nor
// those that write and read.
//
//go:noinline
func descend(calls, above uint64, bottom func(read uint64)) uint64 {
	var own [callBytes]byte
	write(&own, byte(calls))
	above += read(&own)
	var below uint64
	if calls > 1 {
		below = descend(calls-1, above, bottom)
	} else {
		bottom(above)
	}
	return below + read(&own)
}

//go:noinline
func write(bytes *[callBytes]byte, value byte) {
	for i := range bytes {
		bytes[i] = value
	}
}

//go:noinline
func read(bytes *[callBytes]byte) (sum uint64) {
	for _, b := range bytes {
		sum += uint64(b)
	}
	return sum
}

// rightSum is what so many calls must read, on either way.
func rightSum(calls uint64) (sum uint64) {
	for ; calls > 0; calls-- {
		sum += callBytes * uint64(byte(calls))
	}
	return sum
}
