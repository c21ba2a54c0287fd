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
	"memory_over_time/n:1/depth_bytes:1/idle_ms:1", "memory_over_time/n:50/depth_bytes:131072/idle_ms:5",
	"laptop/n:1/memory_mb:1", "laptop/n:300/memory_mb:8192",
	"backend/tasks:1/connections:1/pool:0/call_us:1", "backend/tasks:300/connections:5/pool:0/call_us:100",
	"backend/tasks:300/connections:5/pool:5/call_us:1", "backend/tasks:100/connections:2/pool:9/call_us:10",
	"leaked/n:1/idle_ms:1", "leaked/n:50/idle_ms:5",
	"cancel_tree/n:1/fan_out:1", "cancel_tree/n:300/fan_out:10", "cancel_tree/n:50/fan_out:1",
	"smallest_task/total_ms:1",
	"waits_in_parallel/n:1/wait_ms:1", "waits_in_parallel/n:300/wait_ms:5",
	"shared_by_mutex/tasks:8/updates:1000", "shared_by_mutex/tasks:3/updates:1",
	"shared_by_channel/tasks:8/updates:1000", "shared_by_channel/tasks:3/updates:1",
	"hand_off_latency/samples:1", "hand_off_latency/samples:1000",
	"wake_latency/samples:1/gap_us:1", "wake_latency/samples:20/gap_us:200",
	"timer_error/samples:1/delay_us:1", "timer_error/samples:20/delay_us:1000", "timer_error/samples:3/delay_us:20000",
	"echo_server/connections:1/route:0/share_percent:1", "echo_server/connections:20/route:0/share_percent:100",
	"echo_server/connections:5/route:1/share_percent:50", "echo_server/connections:5/route:2/share_percent:50",
	"idle_connections/n:1", "idle_connections/n:100",
}

// conductors says that a metric is made of what the ledger saw, by the conductor.
func conductors(metric string) bool {
	return strings.HasPrefix(metric, "bytes_per_task") || strings.HasSuffix(metric, "_bytes_per_task") ||
		strings.HasPrefix(metric, "bytes_per_connection") || metric == "os_threads"
}

// tooSlow says that the machine has so much else to do that even the longest task is too short: for smallest_task
// that is a result, and says nothing against the program.
func tooSlow(cell string, err error) bool {
	var o *outcome.Error
	return strings.HasPrefix(cell, "smallest_task/") && errors.As(err, &o) && o.Kind == outcome.Limit
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

// loaded is a set-up with a client.
func loaded(t *testing.T, f *fakeClient) Setup {
	setup := fixedSpeed
	setup.Client = f.start(t)
	return setup
}

func TestEveryWorkloadEndsWellAndReportsItsMetrics(t *testing.T) {
	setup := loaded(t, &fakeClient{})
	for _, cores := range []int{1, 2, runtime.NumCPU() + 1} {
		saved := runtime.GOMAXPROCS(cores)
		for _, name := range small {
			cell, body := body(t, name, setup)
			b := &gbench.Benchmark{Name: name, Cold: Cold(cell.Workload.Name), Body: body}
			entries, err := gbench.Runner{MinTime: 1, Repetitions: 2}.Run(b)
			if tooSlow(name, err) {
				continue
			}
			if err != nil {
				t.Errorf("%s on %d cores: %v", name, cores, err)
				continue
			}
			var want, have []string
			for _, m := range cell.Workload.Metrics {
				if !conductors(m.Name) {
					want = append(want, m.Name)
				}
			}
			for counter, value := range entries[0].Counters {
				if !strings.HasPrefix(counter, "effective_") {
					have = append(have, counter)
					if value < 0 || value == 0 && counter != "errors" {
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
	setup := loaded(t, &fakeClient{})
	before := runtime.NumGoroutine()
	for _, name := range small {
		if strings.HasPrefix(name, "leaked/") { // that is what it is about
			continue
		}
		cell, body := body(t, name, setup)
		b := &gbench.Benchmark{Name: name, Cold: Cold(cell.Workload.Name), Body: body}
		if _, err := (gbench.Runner{MinTime: 1, Repetitions: 1}).Run(b); err != nil && !tooSlow(name, err) {
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
		"select_fan_in/producers:3/capacity:0":                "divide 8192",
		"select_fan_in/producers:16384/capacity:0":            "divide 8192",
		"skynet/leaves:20":                                    "power of ten",
		"skynet/leaves:1001":                                  "power of ten",
		"echo_server/connections:1/route:3/share_percent:50":  "0, 1 or 2",
		"echo_server/connections:1/route:0/share_percent:101": "100 at most",
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
		warm := "spawn_join ping_pong worker_pool select_fan_in skynet shared_by_mutex shared_by_channel"
		if want := !strings.Contains(warm, name); Cold(name) != want {
			t.Errorf("%s: cold is %v", name, Cold(name))
		}
	}
}

// moments notes what a ledger was told, and says ok to everything.
type moments struct{ lines strings.Builder }

func (m *moments) Write(line []byte) (int, error)  { return m.lines.Write(line) }
func (m *moments) Read(answer []byte) (int, error) { return copy(answer, "ok\n"), nil }

func TestWhatTheLedgerIsTold(t *testing.T) {
	for name, want := range map[string]string{
		"parked/n:50":               "baseline 0, parked 50",
		"laptop/n:50/memory_mb:100": "baseline 0, parked 50",
		"leaked/n:50/idle_ms:1":     "baseline 0, leaked 50, aged 50",
		"memory_over_time/n:50/depth_bytes:1024/idle_ms:1": "baseline 0, parked 50, deep 50, returned 50, idle 50, asked 50, " +
			"ended 50",
		"idle_connections/n:50": "baseline 0, connected 50",
	} {
		m := &moments{}
		setup := loaded(t, &fakeClient{})
		setup.Ledger = ledger.New(m, m)
		_, body := body(t, name, setup)
		if _, err := (gbench.Runner{MinTime: 1, Repetitions: 1}).Run(&gbench.Benchmark{Body: body, Cold: true}); err != nil {
			t.Fatal(err)
		}
		var snapshots, others []string
		for _, line := range strings.Split(strings.TrimSuffix(m.lines.String(), "\n"), "\n") {
			if moment := strings.TrimPrefix(line, "snapshot "); moment != line {
				snapshots = append(snapshots, moment)
			} else {
				others = append(others, strings.Fields(line)[0])
			}
		}
		if got := strings.Join(snapshots, ", "); got != want {
			t.Errorf("%s: snapshots %s, not %s", name, got, want)
		}
		apart := ""
		if strings.HasPrefix(name, "parked/") {
			apart = "stacks stacks" // and no control block: go test strips the program that it runs
		}
		if got := strings.Join(others, " "); got != apart {
			t.Errorf("%s: told of its tasks %q, not %q", name, got, apart)
		}
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
