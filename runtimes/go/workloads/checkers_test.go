package workloads

import (
	"context"
	"errors"
	"testing"
	"time"

	"threadmark/bench_go/client"
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

// isLimit is what a checker must say where a limit has been reached.
func isLimit(t *testing.T, what string, err error) {
	t.Helper()
	var o *outcome.Error
	if !errors.As(err, &o) || o.Kind != outcome.Limit || o.Reason == "" {
		t.Errorf("%s: %v is not a limit with a reason", what, err)
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

func TestMemoryOverTimeChecker(t *testing.T) {
	right(t, "all", checkMemoryOverTime(5, 5, 5))
	wrong(t, "one not at the bottom", checkMemoryOverTime(5, 4, 5))
	wrong(t, "one not back", checkMemoryOverTime(5, 5, 4))
	const need = 1024 + 512 + 16384
	right(t, "just room enough", checkRoom(1024, need))
	isLimit(t, "a byte less", checkRoom(1024, need-1))
}

func TestLaptopChecker(t *testing.T) {
	right(t, "all whole", checkLaptop(5, 5, 0, 5))
	wrong(t, "one still asleep", checkLaptop(5, 4, 0, 5))
	wrong(t, "one got a value", checkLaptop(5, 5, 1, 5))
	wrong(t, "one spoiled", checkLaptop(5, 5, 0, 4))
	held := newRequest(7)
	if !held.is(7) || held.is(8) {
		t.Error("a request is not what it was filled with")
	}
	if held[len(held)-1]++; held.is(7) {
		t.Error("the last byte does not count")
	}
}

func TestBackendChecker(t *testing.T) {
	right(t, "some refused", checkBackend(10, 3, 7, 3, 3))
	right(t, "none refused", checkBackend(10, 3, 10, 0, 1))
	wrong(t, "one call lost", checkBackend(10, 3, 6, 3, 3))
	wrong(t, "one call twice", checkBackend(10, 3, 8, 3, 3))
	wrong(t, "too many inside", checkBackend(10, 3, 10, 0, 4))
	wrong(t, "none inside", checkBackend(10, 3, 0, 10, 0))
}

func TestLeakedChecker(t *testing.T) {
	right(t, "all listed", checkLeaked(5, 0, 5))
	right(t, "none listed", checkLeaked(5, 0, 0))
	wrong(t, "one went on", checkLeaked(5, 1, 5))
	wrong(t, "one too many listed", checkLeaked(5, 0, 6))
	wrong(t, "fewer than none listed", checkLeaked(5, 0, -1))
}

func TestCancelTreeChecker(t *testing.T) {
	c := context.Canceled
	right(t, "all cancelled", checkCancelTree([]error{c, c, c}))
	wrong(t, "the first has no reason", checkCancelTree([]error{nil, c, c}))
	wrong(t, "the last has another", checkCancelTree([]error{c, c, context.DeadlineExceeded}))
}

// cuts makes honest cuts of the given efficiencies, from the longest length on.
func cuts(efficiencies ...float64) (all []cut) {
	for i, e := range efficiencies {
		c := newCut(taskLengths()[i], 20e6, 1, 500)
		for k := uint64(0); k < c.pieces; k++ {
			c.aloneEnd = spin.Steps(c.aloneEnd, c.steps)
			c.tasksSum += spin.Steps(k, c.steps)
		}
		c.efficiency = e
		all = append(all, c)
	}
	return all
}

func TestSmallestTaskChecker(t *testing.T) {
	right(t, "ended below", checkSmallestTask(cuts(1, 0.9, 0.4)))
	right(t, "never below", checkSmallestTask(cuts(0.5)))
	isLimit(t, "below at once", checkSmallestTask(cuts(0.49)))
	lost := cuts(1, 0.9)
	lost[1].tasksSum--
	wrong(t, "a task's answer is wrong", checkSmallestTask(lost))
	lost = cuts(1, 0.9)
	lost[0].aloneEnd++
	wrong(t, "the root's answer is wrong", checkSmallestTask(lost))
	lost = cuts(0.1)
	lost[0].tasksSum--
	wrong(t, "wrong and below at once", checkSmallestTask(lost))
}

func TestWaitsInParallelChecker(t *testing.T) {
	right(t, "all waited", checkWaitsInParallel(5, 5, 0))
	wrong(t, "one did not", checkWaitsInParallel(5, 4, 0))
	wrong(t, "one too short", checkWaitsInParallel(5, 5, 1))
}

func TestSharedTableCheckers(t *testing.T) {
	for _, updates := range []uint64{1, 63, 64, 65, 1000} {
		var table sharedTable
		for k := uint64(0); k < updates; k++ {
			table.update(k)
		}
		for _, check := range []func(*sharedTable, uint64) error{checkSharedByMutex, checkSharedByChannel} {
			right(t, "each once", check(&table, updates))
			twice := table
			twice.update(updates - 1)
			if updates > 1 { // update 0 adds nothing
				wrong(t, "the last twice", check(&twice, updates))
			}
			wrong(t, "one more", check(&table, updates+1))
			exchanged := table
			exchanged[3] += 64
			exchanged[4] -= 64
			wrong(t, "in another's sum", check(&exchanged, updates))
		}
	}
}

func TestLatencyCheckers(t *testing.T) {
	for _, check := range []func(*handOvers) error{checkHandOffLatency, checkWakeLatency} {
		right(t, "honest", check(&handOvers{ages: times(5, 0), sent: times(1, 9), received: times(1, 9)}))
		wrong(t, "another time", check(&handOvers{ages: times(5, 1), sent: times(1, 9), received: times(1, 8)}))
		wrong(t, "before it was sent", check(&handOvers{ages: times(5, -1), sent: times(1, 9), received: times(1, 9)}))
		wrong(t, "never handed over", check(newHandOvers(1)))
	}
	right(t, "late and in time", checkTimerError(times(3, 0)))
	wrong(t, "too short", checkTimerError(times(3, -1)))
}

func TestEchoServerChecker(t *testing.T) {
	counts := func(answered float64) client.Metrics { return client.Metrics{"answered": answered} }
	right(t, "as many as the client counts", checkEchoServer("/", 5, counts(5)))
	right(t, "more, which the client did not wait for", checkEchoServer("/", 6, counts(5)))
	right(t, "none", checkEchoServer("/", 0, counts(0)))
	wrong(t, "one that the server did not give", checkEchoServer("/", 4, counts(5)))

	waited := func(us float64) client.Metrics { return client.Metrics{"answered": 5, "at50_p50_us": us} }
	right(t, "waits long enough", checkEchoServer("/wait", 5, waited(5000)))
	wrong(t, "waits too short", checkEchoServer("/wait", 5, waited(4999.999)))
	right(t, "no waits", checkEchoServer("/work", 5, waited(51)))
	right(t, "waits that were not measured", checkEchoServer("/wait", 5, counts(5)))
}

func TestIdleConnectionsChecker(t *testing.T) {
	right(t, "all open", checkIdleConnections(5, 5, 5))
	wrong(t, "one missing from the start", checkIdleConnections(5, 4, 4))
	wrong(t, "one ended meanwhile", checkIdleConnections(5, 5, 4))
	wrong(t, "one came late", checkIdleConnections(5, 4, 5))
	wrong(t, "one too many", checkIdleConnections(5, 6, 6))
}

func TestDescriptorsChecker(t *testing.T) {
	right(t, "just enough", checkDescriptors(100, 164))
	isLimit(t, "one short", checkDescriptors(100, 163))
}

func times(list ...time.Duration) []time.Duration { return list }
