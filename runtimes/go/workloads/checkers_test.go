package workloads

import (
	"errors"
	"testing"
	"time"

	"threadmark/bench_go/outcome"
	"threadmark/bench_go/spin"
)

// right and wrong are what a checker must accept and what it must reject.
func right(t *testing.T, what string, err error) {
	t.Helper()
	if err != nil {
		t.Errorf("%s was rejected: %v", what, err)
	}
}

func wrong(t *testing.T, what string, err error) {
	t.Helper()
	var o *outcome.Error
	if !errors.As(err, &o) || o.Kind != outcome.WrongAnswer || o.Reason == "" {
		t.Errorf("%s: %v is not a wrong answer with a reason", what, err)
	}
}

func TestSpawnJoinChecker(t *testing.T) {
	right(t, "all marked", checkSpawnJoin([]byte{1, 1, 1}))
	wrong(t, "the first missing", checkSpawnJoin([]byte{0, 1, 1}))
	wrong(t, "the last missing", checkSpawnJoin([]byte{1, 1, 0}))
	wrong(t, "marked otherwise", checkSpawnJoin([]byte{1, 2, 1}))
}

func TestParkedChecker(t *testing.T) {
	right(t, "all woken by the close", checkParked(5, 5, 0))
	wrong(t, "one still asleep", checkParked(5, 4, 0))
	wrong(t, "one too many", checkParked(5, 6, 0))
	wrong(t, "one got a value", checkParked(5, 5, 1))
	right(t, "nobody awake early", checkAsleep("parked", 0))
	wrong(t, "one awake early", checkAsleep("parked", 1))
}

func TestSpawnedChecker(t *testing.T) {
	right(t, "all ran, none early", checkSpawned(5, 0, 5))
	wrong(t, "one early", checkSpawned(5, 1, 5))
	wrong(t, "one never", checkSpawned(5, 0, 4))
	wrong(t, "one twice", checkSpawned(5, 0, 6))
}

func TestIdleChecker(t *testing.T) {
	const window = 10 * time.Millisecond
	right(t, "all woken after the window", checkIdle(window, window, 5, 5, 0))
	wrong(t, "a window that was too short", checkIdle(window, window-1, 5, 5, 0))
	wrong(t, "one still asleep", checkIdle(window, window, 5, 4, 0))
	wrong(t, "one got a value", checkIdle(window, window, 5, 5, 1))
}

func TestSleepBesideSpinChecker(t *testing.T) {
	const ms = time.Millisecond
	spun := func() *spinner { return &spinner{steps: 70, answer: spin.Steps(0, 70), spun: 10 * ms} }
	right(t, "sleeps that fill the time", checkSleepBesideSpin([]time.Duration{ms, 2 * ms, 7 * ms}, spun()))
	right(t, "one long one", checkSleepBesideSpin([]time.Duration{10 * ms}, spun()))
	wrong(t, "none", checkSleepBesideSpin(nil, spun()))
	wrong(t, "one too short", checkSleepBesideSpin([]time.Duration{ms - 1, 9 * ms}, spun()))
	wrong(t, "most of them missing", checkSleepBesideSpin([]time.Duration{2 * ms}, spun()))
	lost := spun()
	lost.steps++
	wrong(t, "a step lost", checkSleepBesideSpin([]time.Duration{10 * ms}, lost))
}

func TestPercentileIsTheNearestRank(t *testing.T) {
	hundred := make([]time.Duration, 100)
	for i := range hundred {
		hundred[i] = time.Duration(i + 1)
	}
	for perMille, want := range map[int]time.Duration{1: 1, 10: 1, 11: 2, 500: 50, 990: 99, 991: 100, 999: 100, 1000: 100} {
		if got := percentile(hundred, perMille); got != want {
			t.Errorf("%d thousandths of 1..100 do not exceed %d", perMille, got)
		}
	}
	if one, three := []time.Duration{7}, []time.Duration{7, 8, 9}; percentile(one, 500) != 7 ||
		percentile(three, 500) != 8 || percentile(three, 666) != 8 || percentile(three, 667) != 9 {
		t.Error("few values")
	}
}

func TestPingPongChecker(t *testing.T) {
	right(t, "a thousand", checkPingPong(1000))
	wrong(t, "one short", checkPingPong(999))
	wrong(t, "one more", checkPingPong(1001))
}

func TestWorkerPoolChecker(t *testing.T) {
	for what, work := range map[string]jobWork{"no work": {none: true}, "work": {steps: 37}, "no steps": {steps: 0}} {
		const jobs = 100
		var sum uint64
		for job := uint64(0); job < jobs; job++ {
			sum += work.do(job)
		}
		right(t, what, checkWorkerPool(jobs, work, jobs, sum))
		wrong(t, what+", one result lost", checkWorkerPool(jobs, work, jobs-1, sum))
		wrong(t, what+", sum off by one", checkWorkerPool(jobs, work, jobs, sum+1))
		wrong(t, what+", one job done twice", checkWorkerPool(jobs, work, jobs, sum-work.do(7)+work.do(8)))
	}
	noWork := workFor(0, Setup{}) // and asks for no speed
	if noWork.do(21) != 43 {
		t.Errorf("without work job 21 makes %d", noWork.do(21))
	}
	work := workFor(3000, Setup{StepsPerUs: func() uint64 { return 1 }})
	if work.do(5) != spin.Steps(5, 3) {
		t.Errorf("three steps from 5 make %d", work.do(5))
	}
}

// allReceived is what 4 producers send, in one of many right orders.
func allReceived() []message {
	var all []message
	for k := uint64(0); k < messages/4; k++ {
		for p := 3; p >= 0; p-- {
			all = append(all, message{p, uint64(p)<<32 | k})
		}
	}
	return all
}

func TestSelectFanInChecker(t *testing.T) {
	right(t, "all in order", checkSelectFanIn(allReceived(), 4))

	swapped := allReceived()
	swapped[0], swapped[4] = swapped[4], swapped[0]
	wrong(t, "two of a producer swapped", checkSelectFanIn(swapped, 4))

	foreign := allReceived()
	foreign[0].producer, foreign[1].producer = foreign[1].producer, foreign[0].producer
	wrong(t, "values from each other's channels", checkSelectFanIn(foreign, 4))

	twice := allReceived()
	twice[4] = twice[0]
	wrong(t, "one twice", checkSelectFanIn(twice, 4))

	short := allReceived()
	wrong(t, "the last one missing", checkSelectFanIn(short[:len(short)-1], 4))
}

func TestSkynetChecker(t *testing.T) {
	right(t, "one leaf", checkSkynet(1, 0))
	right(t, "a thousand", checkSkynet(1000, 499500))
	right(t, "a million", checkSkynet(1000000, 499999500000))
	wrong(t, "one less", checkSkynet(1000, 499499))
	wrong(t, "a leaf missing", checkSkynet(1000, 499500-999))
	for leaves, want := range map[uint64]uint64{1: 1, 10: 11, 1000: 1111, 1000000: 1111111} {
		if got := nodes(leaves); got != want {
			t.Errorf("a tree with %d leaves has %d nodes, not %d", leaves, got, want)
		}
	}
}
