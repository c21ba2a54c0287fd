// Package spin is the work loop: work in a job is arithmetic, never a look at the clock, so that the same number of
// steps is the same work in every contender.
//
// One step is x → x·multiplier + increment on 64 bits. Each step needs the one before it, so a compiler can make
// nothing of it but a multiply and an add a round; and many steps are again one map x → a·x + c, so that the right
// answer is known without taking the steps.
package spin

import "time"

const (
	multiplier = 6364136223846793005
	increment  = 1442695040888963407
)

// Steps takes that many steps from x and returns where it ends.
func Steps(x, steps uint64) uint64 {
	for ; steps > 0; steps-- {
		x = x*multiplier + increment
	}
	return x
}

// Affine is the map x → A·x + C on 64 bits.
type Affine struct{ A, C uint64 }

// Repeated is the map that the given number of steps makes, found by squaring.
func Repeated(steps uint64) Affine {
	result, power := Affine{1, 0}, Affine{multiplier, increment}
	for ; steps > 0; steps >>= 1 {
		if steps&1 == 1 {
			result = power.after(result)
		}
		power = power.after(power)
	}
	return result
}

// after is the map that applies g first and f second.
func (f Affine) after(g Affine) Affine { return Affine{f.A * g.A, f.A*g.C + f.C} }

// Apply maps one value.
func (f Affine) Apply(x uint64) uint64 { return f.A*x + f.C }

// SumBelow adds up what the map makes of 0, 1, …, n-1. n is below 2^32, so that n·(n-1) fits.
func (f Affine) SumBelow(n uint64) uint64 { return f.A*(n*(n-1)/2) + f.C*n }

// StepsFor is the number of steps that stand for so many nanoseconds of work.
func StepsFor(workNs, stepsPerUs uint64) uint64 { return workNs * stepsPerUs / 1000 }

// sink keeps the compiler from dropping the loop that Calibrate times.
var sink uint64

// Calibrate measures how many steps make one microsecond here. The fastest of several tries counts: whatever else
// the machine does can only make a try slower.
func Calibrate() uint64 {
	const steps, tries = 200_000, 100 // some 200 µs each: long against a look at the clock, short against a time slice
	fastest := time.Duration(1<<63 - 1)
	for i := 0; i < tries; i++ {
		start := time.Now()
		sink = Steps(sink, steps)
		if elapsed := time.Since(start); elapsed < fastest {
			fastest = elapsed
		}
	}
	perUs := steps * 1000 / float64(fastest.Nanoseconds())
	if perUs < 1 {
		return 1
	}
	return uint64(perUs + 0.5)
}
