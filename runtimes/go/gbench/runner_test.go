package gbench

import (
	"errors"
	"testing"
	"time"
)

// counting returns a benchmark that counts its iterations, each of which takes some timed time.
func counting(count *int, each time.Duration) *Benchmark {
	return &Benchmark{Name: "b", Label: "native", Body: func(s *State) error {
		*count++
		s.ClockOn()
		for start := time.Now(); time.Since(start) <= each; {
		}
		s.PerUnit("ns_per_thing", s.ClockOff(), 10)
		return nil
	}}
}

func TestIterationsGrowUntilTheTimedPartsAreLongEnough(t *testing.T) {
	count := 0
	minTime := 20 * time.Millisecond
	entries, err := Runner{MinTime: minTime, Repetitions: 1}.Run(counting(&count, 50*time.Microsecond))
	if err != nil || len(entries) != 1 {
		t.Fatal(entries, err)
	}
	e := entries[0]
	if e.RealNs*float64(e.Iterations) < float64(minTime) {
		t.Errorf("%d iterations of %f ns are less than %v", e.Iterations, e.RealNs, minTime)
	}
	if e.Iterations < 2 || count < 2+e.Iterations {
		t.Errorf("%d iterations reported, %d in all with the warm-up and the first try", e.Iterations, count)
	}
	if metric := e.Counters["ns_per_thing"]; metric < e.RealNs/10-1 || metric > e.RealNs/10+1 {
		t.Errorf("a tenth of %f ns is reported as %f", e.RealNs, metric)
	}
}

func TestAColdBenchmarkRunsOnceARepetition(t *testing.T) {
	count := 0
	b := counting(&count, 0)
	b.Cold = true
	entries, err := Runner{MinTime: time.Hour, Repetitions: 1}.Run(b)
	if err != nil || count != 1 || len(entries) != 1 || entries[0].Iterations != 1 {
		t.Errorf("%d iterations, %v, %v", count, entries, err)
	}
}

func TestTheIterationsAskedForAreThoseMade(t *testing.T) {
	count := 0
	b := counting(&count, 0)
	entries, err := Runner{MinTime: time.Hour, Iterations: 7, Repetitions: 2}.Run(b)
	if err != nil || count != 1+2*7 || entries[0].Iterations != 7 || entries[1].Iterations != 7 {
		t.Errorf("%d iterations, %v, %v", count, entries, err)
	}
	b.Cold, count = true, 0
	if _, err := (Runner{Iterations: 7, Repetitions: 1}).Run(b); err != nil || count != 1 {
		t.Errorf("cold: %d iterations, %v", count, err)
	}
}

func TestRepetitionsKeepTheIterationsOfTheFirst(t *testing.T) {
	count := 0
	entries, err := Runner{MinTime: time.Millisecond, Repetitions: 3}.Run(counting(&count, 10*time.Microsecond))
	if err != nil || len(entries) != 3+4 {
		t.Fatal(len(entries), err)
	}
	for i, e := range entries[:3] {
		if e.Iterations != entries[0].Iterations || e.Repetition != i || e.Repetitions != 3 || e.Name() != "b" {
			t.Errorf("repetition %d: %+v", i, e)
		}
	}
	for i, name := range []string{"mean", "median", "stddev", "cv"} {
		if e := entries[3+i]; e.Name() != "b_"+name || e.Iterations != 3 {
			t.Errorf("aggregate %d: %+v", i, e)
		}
	}
}

func TestTheWarmUpIsNotMeasured(t *testing.T) {
	calls := 0
	b := &Benchmark{Body: func(s *State) error {
		s.ClockOn()
		elapsed := s.ClockOff()
		calls++
		if calls == 1 {
			elapsed = time.Hour
		}
		s.PerUnit("ns", elapsed, 1)
		return nil
	}}
	entries, err := Runner{MinTime: 1, Repetitions: 1}.Run(b)
	if err != nil || entries[0].Counters["ns"] > float64(time.Minute) {
		t.Errorf("%v %v", entries, err)
	}
}

func TestAnErrorEndsTheBenchmark(t *testing.T) {
	planted := errors.New("planted")
	calls := 0
	b := &Benchmark{Body: func(s *State) error {
		s.ClockOn()
		s.ClockOff()
		if calls++; calls == 3 {
			return planted
		}
		return nil
	}}
	entries, err := Runner{MinTime: time.Second, Repetitions: 1}.Run(b)
	if !errors.Is(err, planted) || entries != nil || calls != 3 {
		t.Errorf("%v, %v after %d iterations", entries, err, calls)
	}
	if _, err := (Runner{MinTime: 1, Repetitions: 1}).Run(&Benchmark{Body: func(*State) error { return nil }}); err == nil {
		t.Error("a body that times nothing was accepted")
	}
}

func TestNextIterations(t *testing.T) {
	for _, c := range []struct {
		iterations int
		took, want time.Duration
		next       int
	}{
		{1, 0, time.Second, 10},                                    // says nothing: tenfold
		{10, 100 * time.Millisecond, time.Second, 100},             // not more than a tenth: tenfold
		{10, 500 * time.Millisecond, time.Second, 28},              // 1.4 times what seems needed
		{10, 1999 * time.Millisecond, 2 * time.Second, 14},         //
		{1, 999 * time.Millisecond, time.Second, 2},                // always grows
		{500_000_000, time.Millisecond, time.Second, 1000_000_000}, // to an end
	} {
		if got := nextIterations(c.iterations, c.took, c.want); got != c.next {
			t.Errorf("%d iterations took %v of %v: next %d, want %d", c.iterations, c.took, c.want, got, c.next)
		}
	}
}

func TestASlowdownIsTimeThatIsSpent(t *testing.T) {
	s := newState(nil, 50)
	begin := time.Now()
	s.ClockOn()
	for time.Since(s.started) < 10*time.Millisecond {
	}
	elapsed := s.ClockOff()
	if spent := time.Since(begin); elapsed < 15*time.Millisecond || spent < elapsed || s.wall != elapsed {
		t.Errorf("10 ms and half as much again: the clock says %v, %v passed, %v is reported", elapsed, spent, s.wall)
	}
}

func TestEffectiveValuesAreTheHighestSeen(t *testing.T) {
	looks := []float64{3, 1, 5, 2, 4, 4} // before and after the clock ran, in the iterations 1, 2 and 4
	s := newState(func(s *State) {
		s.Effective("os_threads", looks[0])
		looks = looks[1:]
	}, 0)
	for s.iteration = 1; s.iteration <= 4; s.iteration++ {
		s.ClockOn()
		s.ClockOff()
	}
	if len(looks) != 0 || s.counters(4)["effective_os_threads"] != 5 {
		t.Errorf("%v left to see, counters %v", looks, s.counters(4))
	}
	zero := newState(nil, 0)
	zero.Effective("reflect_select", 0)
	if value, ok := zero.counters(1)["effective_reflect_select"]; !ok || value != 0 {
		t.Error("a value of 0 was not reported")
	}
}
