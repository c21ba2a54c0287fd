package workloads

import (
	"math"
	"testing"
	"time"

	"threadmark/bench_go/gbench"
)

// The parts that bodies are made of, where no checker would see a mistake.

func TestADescentReadsWhatItWroteOnBothWays(t *testing.T) {
	const around = 255 * 128 // 1 + 2 + … + 255
	for calls, want := range map[uint64]uint64{1: 256, 2: 256 * 3, 3: 256 * 6, 256: 256 * around, 257: 256 * (around + 1)} {
		if got := rightSum(calls); got != want {
			t.Errorf("%d calls must read %d, not %d", calls, got, want)
		}
		var atBottom []uint64
		back := descend(calls, 0, func(read uint64) { atBottom = append(atBottom, read) })
		if back != want || len(atBottom) != 1 || atBottom[0] != want {
			t.Errorf("%d calls read %v on the way down and %d on the way back, not %d", calls, atBottom, back, want)
		}
	}
}

func TestStacksThatGoCannotHaveAreALimit(t *testing.T) {
	if most := mostStack(); most != mostStack() || most < 1<<26 || most > 1<<30 {
		t.Errorf("the largest stack is %d, then %d", most, mostStack())
	}
	_, body := body(t, "memory_over_time/n:1/depth_bytes:1000000000/idle_ms:1", Setup{})
	_, err := (gbench.Runner{MinTime: 1, Repetitions: 1}).Run(&gbench.Benchmark{Body: body, Cold: true})
	isLimit(t, "a thousand million bytes", err)
}

func TestTheBackendRefusesWhomItHasNoRoomFor(t *testing.T) {
	b := &service{connections: 2}
	if !b.enter() || !b.enter() || b.enter() || b.most.Load() != 2 {
		t.Errorf("%d inside of 2, the most %d", b.inside.Load(), b.most.Load())
	}
	if err := b.call(); err != errBusy {
		t.Errorf("a full backend says %v", err)
	}
	b.inside.Add(-1)
	if err := b.call(); err != nil || b.inside.Load() != 1 || b.most.Load() != 2 {
		t.Errorf("%v; %d inside, the most %d", err, b.inside.Load(), b.most.Load())
	}
}

// One call of a tenth of a second is in the backend when the others come.
func TestWhoCallsForItselfIsRefusedAndAPoolIsNot(t *testing.T) {
	for cell, refused := range map[string]bool{
		"backend/tasks:200/connections:1/pool:0/call_us:100000": true,
		"backend/tasks:200/connections:3/pool:3/call_us:10":     false,
	} {
		_, body := body(t, cell, Setup{})
		entries, err := gbench.Runner{MinTime: 1, Repetitions: 1}.Run(&gbench.Benchmark{Body: body, Cold: true})
		if err != nil {
			t.Fatal(err)
		}
		if got := entries[0].Counters["errors"]; (got > 0) != refused {
			t.Errorf("%s: %v calls were refused", cell, got)
		}
	}
}

func TestEveryLeakIsListed(t *testing.T) {
	_, body := body(t, "leaked/n:50/idle_ms:1", Setup{})
	for again := 0; again < 2; again++ { // those of the first time are still there the second
		entries, err := gbench.Runner{MinTime: 1, Repetitions: 1}.Run(&gbench.Benchmark{Body: body, Cold: true})
		if err != nil || entries[0].Counters["listed"] != 50 {
			t.Errorf("%v, %v", entries, err)
		}
	}
}

func TestOnlyReceiversInTheFunctionAreListed(t *testing.T) {
	const here = "threadmark/bench_go/workloads.TestOnlyReceiversInTheFunctionAreListed.func1"
	gate, done := make(chan struct{}), make(chan struct{})
	go func() {
		<-gate
		gate <- struct{}{} // which is no receive
		close(done)
	}()
	for guard := time.Now().Add(20 * time.Second); receiversIn(here) != 1; {
		if time.Now().After(guard) {
			t.Fatalf("%d listed", receiversIn(here))
		}
	}
	gate <- struct{}{}
	for guard := time.Now().Add(20 * time.Second); receiversIn(here) != 0; {
		if time.Now().After(guard) {
			t.Fatalf("%d listed that send", receiversIn(here))
		}
	}
	<-gate
	<-done
}

func TestTheTreeHasTheRightParents(t *testing.T) {
	tree := newContextTree(13)
	tree.startAll(3)
	tree.cancels[1]() // whose children are 4, 5 and 6, and theirs those from 13 on
	for i, ctx := range tree.contexts {
		if want := i == 1 || i >= 4 && i <= 6; (ctx.Err() != nil) != want {
			t.Errorf("context 1 has been cancelled and context %d says %v", i, ctx.Err())
		}
	}
	tree.cancels[0]()
	tree.ended.Wait()
	for _, cancel := range tree.cancels {
		cancel()
	}
	right(t, "all cancelled", checkCancelTree(tree.reasons))
}

func TestTheLengthsAreAQuarterOfADecadeApart(t *testing.T) {
	lengths := taskLengths()
	if len(lengths) != 21 || lengths[0] != 1e6 || math.Abs(lengths[20]-10) > 1e-6 {
		t.Fatalf("%v", lengths)
	}
	for i, want := range map[int]float64{1: 562341.325, 2: 316227.766, 3: 177827.941, 4: 100000, 8: 10000} {
		if math.Abs(lengths[i]-want) > 0.001 {
			t.Errorf("length %d is %f, not %f", i, lengths[i], want)
		}
	}
	for lengthNs, want := range map[float64]uint64{1e6: 40, 1000: 40000, 100: mostTasks, 562341.325: 71, 1e9: 1} {
		if c := newCut(lengthNs, 40e6, 1, 500); c.pieces != want || c.steps != uint64(lengthNs)/2 {
			t.Errorf("%.0f ns: %d pieces of %d steps", lengthNs, c.pieces, c.steps)
		}
	}
}

func TestTheSmallestLengthIsOnAStraightLineOverTheLogarithm(t *testing.T) {
	quarter := math.Pow(10, 0.25)
	for what, c := range map[string]struct {
		cuts []cut
		want float64
	}{
		"half way":            {cuts(1, 0.6, 0.4), 1e6 / quarter / math.Sqrt(quarter)},
		"at the longer":       {cuts(1, 0.5, 0.4), 1e6 / quarter},
		"next to the shorter": {cuts(1, 0.5+1e-6, 0.5-1e-12), 1e6 / quarter / quarter},
		"never below":         {[]cut{{lengthNs: 178, efficiency: 0.9}, {lengthNs: 100, efficiency: 0.6}}, 100},
		"just not below":      {[]cut{{lengthNs: 178, efficiency: 0.5}, {lengthNs: 100, efficiency: 0.5}}, 100},
	} {
		if got := smallestLength(c.cuts); !(math.Abs(got/c.want-1) <= 1e-5) { // which no NaN is
			t.Errorf("%s: %f, not %f", what, got, c.want)
		}
	}
}

func TestTheFirstHandOversDoNotCount(t *testing.T) {
	h := newHandOvers(3)
	if len(h.sent) != 103 || len(h.counted()) != 3 || &h.counted()[0] != &h.ages[100] {
		t.Errorf("%d sent, %d counted", len(h.sent), len(h.counted()))
	}
	h.run(0)
	right(t, "hand-overs", checkHandOffLatency(h))
}
