package workloads

import (
	"errors"
	"fmt"
	"runtime"
	"sort"
	"strings"
	"testing"
	"time"

	"threadmark/bench_go/catalog"
	"threadmark/bench_go/gbench"
	"threadmark/bench_go/ledger"
	"threadmark/bench_go/outcome"
)

// small has each workload at sizes that a race detector can bear, standard and odd ones.
var small = []string{
	"spawn_join/n:1", "spawn_join/n:257",
	"parked/n:1", "parked/n:300",
	"ping_pong/capacity:0", "ping_pong/capacity:1", "ping_pong/capacity:7",
	"worker_pool/workers:5/capacity:128/jobs:1000/work_ns:0",
	"worker_pool/workers:1/capacity:0/jobs:1/work_ns:0",
	"worker_pool/workers:100/capacity:128/jobs:50/work_ns:1000",
	"worker_pool/workers:3/capacity:2/jobs:100/work_ns:1",
	"select_fan_in/producers:1/capacity:0", "select_fan_in/producers:4/capacity:0",
	"select_fan_in/producers:64/capacity:0", "select_fan_in/producers:16/capacity:3",
	"skynet/leaves:1", "skynet/leaves:10", "skynet/leaves:1000",
	"idle/n:1/window_ms:1", "idle/n:300/window_ms:5",
	"sleep_beside_spin/spin_ms:1", "sleep_beside_spin/spin_ms:30",
}

func body(t *testing.T, name string, setup Setup) (catalog.Cell, gbench.Body) {
	t.Helper()
	cell, err := catalog.ParseCell(name)
	if err != nil {
		t.Fatal(err)
	}
	body, err := New(cell, setup)
	if err != nil {
		t.Fatal(err)
	}
	return cell, body
}

var fixedSpeed = Setup{StepsPerUs: func() uint64 { return 500 }}

func TestEveryWorkloadEndsWellAndReportsItsMetrics(t *testing.T) {
	for _, cores := range []int{1, 2, runtime.NumCPU() + 1} {
		saved := runtime.GOMAXPROCS(cores)
		for _, name := range small {
			cell, body := body(t, name, fixedSpeed)
			b := &gbench.Benchmark{Name: name, Cold: Cold(cell.Workload.Name), Body: body}
			entries, err := gbench.Runner{MinTime: 1, Repetitions: 2}.Run(b)
			if err != nil {
				t.Errorf("%s on %d cores: %v", name, cores, err)
				continue
			}
			var want, have []string
			for _, m := range cell.Workload.Metrics {
				if !strings.HasPrefix(m.Name, "bytes_per_task") { // the conductor's to compute
					want = append(want, m.Name)
				}
			}
			for counter, value := range entries[0].Counters {
				if !strings.HasPrefix(counter, "effective_") {
					have = append(have, counter)
					if value <= 0 {
						t.Errorf("%s: %s is %f", name, counter, value)
					}
				}
			}
			sort.Strings(want)
			sort.Strings(have)
			if fmt.Sprint(want) != fmt.Sprint(have) {
				t.Errorf("%s reports %v, the catalogue wants %v", name, have, want)
			}
		}
		runtime.GOMAXPROCS(saved)
	}
}

func TestNoGoroutineIsLeftBehind(t *testing.T) {
	before := runtime.NumGoroutine()
	for _, name := range small {
		_, body := body(t, name, fixedSpeed)
		if _, err := (gbench.Runner{MinTime: 1, Repetitions: 1}).Run(&gbench.Benchmark{Name: name, Body: body}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		// The last ones may still be on their way out. A leak never gets there: the guard is not a measure of time.
		for guard := time.Now().Add(20 * time.Second); runtime.NumGoroutine() > before; runtime.Gosched() {
			if time.Now().After(guard) {
				t.Fatalf("%s: %d goroutines more than before", name, runtime.NumGoroutine()-before)
			}
		}
	}
}

func TestWhichSelectIsUsedIsTold(t *testing.T) {
	for producers, want := range map[int]float64{4: 0, 64: 0, 8: 1} {
		_, body := body(t, fmt.Sprintf("select_fan_in/producers:%d/capacity:1", producers), Setup{})
		entries, err := gbench.Runner{MinTime: 1, Repetitions: 1}.Run(&gbench.Benchmark{Body: body})
		if err != nil {
			t.Fatal(err)
		}
		if got, told := entries[0].Counters["effective_reflect_select"]; !told || got != want {
			t.Errorf("%d producers: effective_reflect_select is %v, want %v", producers, got, want)
		}
	}
}

func TestTheSpeedOfTheWorkLoopIsTakenAndTold(t *testing.T) {
	_, body := body(t, "worker_pool/workers:2/capacity:4/jobs:10/work_ns:2000", Setup{StepsPerUs: func() uint64 { return 123 }})
	entries, err := gbench.Runner{MinTime: 1, Repetitions: 1}.Run(&gbench.Benchmark{Body: body})
	if err != nil || entries[0].Counters["effective_spin_steps_per_us"] != 123 {
		t.Errorf("%v, %v", entries, err)
	}
}

func TestValuesThatAWorkloadCannotTake(t *testing.T) {
	for name, says := range map[string]string{
		"select_fan_in/producers:3/capacity:0":     "divide 8192",
		"select_fan_in/producers:16384/capacity:0": "divide 8192",
		"skynet/leaves:20":                         "power of ten",
		"skynet/leaves:1001":                       "power of ten",
	} {
		cell, err := catalog.ParseCell(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := New(cell, Setup{}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v does not say %q", name, err, says)
		}
	}
}

func TestEveryCellOfTheCatalogueHasABody(t *testing.T) {
	for _, cell := range catalog.Standard() {
		// Without a speed: to make a body, as a list of cells does, must not measure it.
		if _, err := New(cell, Setup{}); err != nil {
			t.Error(err)
		}
	}
	for i := range catalog.Workloads {
		name := catalog.Workloads[i].Name
		if want := strings.Contains("parked spawned idle sleep_beside_spin", name); Cold(name) != want {
			t.Errorf("%s: cold is %v", name, Cold(name))
		}
	}
}

// moments notes what a ledger was told, and says ok to everything.
type moments struct{ lines strings.Builder }

func (m *moments) Write(line []byte) (int, error)  { return m.lines.Write(line) }
func (m *moments) Read(answer []byte) (int, error) { return copy(answer, "ok\n"), nil }

func TestParkedTakesTwoSnapshots(t *testing.T) {
	m := &moments{}
	_, body := body(t, "parked/n:50", Setup{Ledger: ledger.New(m, m)})
	if _, err := (gbench.Runner{MinTime: 1, Repetitions: 1}).Run(&gbench.Benchmark{Body: body, Cold: true}); err != nil {
		t.Fatal(err)
	}
	if got := m.lines.String(); got != "snapshot baseline 0\nsnapshot parked 50\n" {
		t.Errorf("told the ledger %q", got)
	}
}

// Enough of them that a goroutine that merely does not yield would be preempted long before the last.
func TestSpawnedHoldsItsTasksBackOnOneCore(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	m := &moments{}
	_, body := body(t, "spawned/n:100000", Setup{Ledger: ledger.New(m, m)})
	if _, err := (gbench.Runner{MinTime: 1, Repetitions: 1}).Run(&gbench.Benchmark{Body: body, Cold: true}); err != nil {
		t.Fatal(err)
	}
	if got := m.lines.String(); got != "snapshot baseline 0\nsnapshot spawned 100000\n" {
		t.Errorf("told the ledger %q", got)
	}
}

func TestSpawnedIsUnsupportedOnMoreCores(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	_, body := body(t, "spawned/n:5", Setup{})
	_, err := (gbench.Runner{MinTime: 1, Repetitions: 1}).Run(&gbench.Benchmark{Body: body, Cold: true})
	var o *outcome.Error
	if !errors.As(err, &o) || o.Kind != outcome.Unsupported || !strings.HasPrefix(o.Reason, "held_start: ") {
		t.Errorf("on two cores: %v", err)
	}
}
