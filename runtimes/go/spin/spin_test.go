package spin

import (
	"math/rand"
	"testing"
)

func TestTheAffineMapIsTheLoop(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	for steps := uint64(0); steps < 300; steps++ {
		x := random.Uint64()
		if loop, jump := Steps(x, steps), Repeated(steps).Apply(x); loop != jump {
			t.Fatalf("%d steps from %d: the loop ends at %d, the map at %d", steps, x, loop, jump)
		}
	}
	for i := 0; i < 20; i++ {
		x, steps := random.Uint64(), uint64(random.Intn(100000))
		if loop, jump := Steps(x, steps), Repeated(steps).Apply(x); loop != jump {
			t.Fatalf("%d steps from %d: the loop ends at %d, the map at %d", steps, x, loop, jump)
		}
	}
}

// The constants are part of the contract: every contender does this arithmetic and no other.
func TestOneAndTwoStepsByHand(t *testing.T) {
	if got := Steps(0, 1); got != 1442695040888963407 {
		t.Errorf("one step from 0 ends at %d", got)
	}
	if got := Steps(1, 1); got != 7806831264735756412 {
		t.Errorf("one step from 1 ends at %d", got)
	}
	if got := Steps(0, 2); got != 1876011003808476466 {
		t.Errorf("two steps from 0 end at %d", got)
	}
}

func TestTheSumIsTheSum(t *testing.T) {
	for _, n := range []uint64{0, 1, 2, 3, 10, 1001} {
		for _, steps := range []uint64{0, 1, 7, 500} {
			var sum uint64
			for x := uint64(0); x < n; x++ {
				sum += Steps(x, steps)
			}
			if got := Repeated(steps).SumBelow(n); got != sum {
				t.Errorf("n=%d steps=%d: %d, not %d", n, steps, got, sum)
			}
		}
	}
}

func TestStepsForRoundsDown(t *testing.T) {
	for _, c := range []struct{ ns, perUs, steps uint64 }{{0, 700, 0}, {10000, 700, 7000}, {1, 999, 0}, {1999, 1, 1},
		{1_000_000_000, 1<<31 - 1, 2147483647000000}} {
		if got := StepsFor(c.ns, c.perUs); got != c.steps {
			t.Errorf("%d ns at %d steps/µs are %d steps, not %d", c.ns, c.perUs, got, c.steps)
		}
	}
}

func TestCalibrationFindsSomething(t *testing.T) {
	if perUs := Calibrate(); perUs < 1 || perUs > 1_000_000 {
		t.Errorf("%d steps in a microsecond", perUs)
	}
}
