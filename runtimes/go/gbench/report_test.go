package gbench

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"sort"
	"strings"
	"testing"
	"time"
)

type report struct {
	Context    map[string]any
	Benchmarks []map[string]any
}

func read(t *testing.T, text []byte) report {
	t.Helper()
	var r report
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return r
}

// shape is the keys of an object with the kinds of their values.
func shape(o map[string]any) (list []string) {
	for key, value := range o {
		list = append(list, fmt.Sprintf("%s %T", key, value))
	}
	sort.Strings(list)
	return
}

func sample(repetitions int) []Entry {
	b := &Benchmark{Name: "ping_pong/capacity:0", Label: "native", Body: func(s *State) error {
		s.ClockOn()
		time.Sleep(time.Microsecond)
		s.PerUnit("ns_per_task", s.ClockOff(), 1)
		s.Effective("cores", 1)
		return nil
	}}
	entries, err := Runner{MinTime: 1, Repetitions: repetitions}.Run(b)
	if err != nil {
		panic(err)
	}
	return entries
}

// The file in testdata is what Google Benchmark 1.7.1 itself wrote for one benchmark with manual time, two counters, a
// label, a context key of its own and three repetitions.
func TestJSONHasTheShapeOfGoogleBenchmarks(t *testing.T) {
	text, err := os.ReadFile("testdata/google_benchmark_1_7_1.json")
	if err != nil {
		t.Fatal(err)
	}
	theirs := read(t, text)
	var written bytes.Buffer
	if err := WriteJSON(&written, NewContext([]ContextKey{{"model", "go"}}), sample(3)); err != nil {
		t.Fatal(err)
	}
	ours := read(t, written.Bytes())

	for _, notSaid := range []string{"host_name", "cpu_scaling_enabled"} {
		delete(theirs.Context, notSaid)
	}
	if a, b := shape(theirs.Context), shape(ours.Context); !reflect.DeepEqual(a, b) {
		t.Errorf("context: theirs %v\nours %v", a, b)
	}
	if len(theirs.Benchmarks) != len(ours.Benchmarks) {
		t.Fatalf("%d entries, they have %d", len(ours.Benchmarks), len(theirs.Benchmarks))
	}
	for i, mine := range ours.Benchmarks {
		entry := theirs.Benchmarks[i]
		if a, b := shape(entry), shape(mine); !reflect.DeepEqual(a, b) {
			t.Errorf("entry %d: theirs %v\nours %v", i, a, b)
		}
		for _, same := range []string{"run_type", "repetitions", "repetition_index", "threads", "aggregate_name",
			"aggregate_unit", "time_unit", "family_index", "per_family_instance_index"} {
			if !reflect.DeepEqual(entry[same], mine[same]) {
				t.Errorf("entry %d: %s is %v, theirs %v", i, same, mine[same], entry[same])
			}
		}
		if mine["run_name"] != "ping_pong/capacity:0" {
			t.Errorf("entry %d: run_name %v", i, mine["run_name"])
		}
	}
	if date := ours.Context["date"].(string); len(date) != len("2024-01-01T00:00:00+00:00") {
		t.Errorf("date %q", date)
	}
}

func TestNumbersSurvive(t *testing.T) {
	b := &Benchmark{Name: "x", Label: "native"}
	e := Entry{Benchmark: b, Repetitions: 1, Iterations: 7, RealNs: 123456789.125, CPUNs: 0.001,
		Counters: map[string]float64{"zero": 0, "big": 1e300}}
	var written bytes.Buffer
	if err := WriteJSON(&written, Context{}, []Entry{e}); err != nil {
		t.Fatal(err)
	}
	got := read(t, written.Bytes()).Benchmarks[0]
	for key, want := range map[string]any{"iterations": 7.0, "real_time": 123456789.125, "cpu_time": 0.001, "zero": 0.0,
		"big": 1e300, "name": "x", "label": "native"} {
		if got[key] != want {
			t.Errorf("%s is %v, not %v", key, got[key], want)
		}
	}
}

func TestStatistics(t *testing.T) {
	for _, c := range []struct {
		values                      []float64
		mean, median, stddev, share float64
	}{
		{[]float64{4, 2, 9}, 5, 4, 3.605551275463989, 0.7211102550927978},
		{[]float64{1, 2, 3, 10}, 4, 2.5, 4.08248290463863, 1.0206207261596576},
		{[]float64{0, 0}, 0, 0, 0, 0},
		{[]float64{6}, 6, 6, 0, 0},
	} {
		if mean(c.values) != c.mean || median(c.values) != c.median || !near(stddev(c.values), c.stddev) ||
			!near(variation(c.values), c.share) {
			t.Errorf("%v: %v %v %v %v", c.values, mean(c.values), median(c.values), stddev(c.values), variation(c.values))
		}
	}
}

func near(a, b float64) bool { return a-b < 1e-12 && b-a < 1e-12 }

func TestConsoleIsATable(t *testing.T) {
	var out bytes.Buffer
	entries := sample(2)
	console := NewConsole(&out, []*Benchmark{entries[0].Benchmark}, 2)
	for _, e := range entries {
		console.Print(e)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 3+2+4 {
		t.Fatalf("%d lines:\n%s", len(lines), out.String())
	}
	if lines[0] != lines[2] || !strings.HasPrefix(lines[1], "Benchmark ") {
		t.Errorf("head:\n%s", out.String())
	}
	for _, line := range lines[3:] {
		if !strings.HasPrefix(line, "ping_pong/capacity:0") || !strings.HasSuffix(line, " native") ||
			!strings.Contains(line, "ns_per_task=") || !strings.Contains(line, "effective_cores=") {
			t.Errorf("line %q", line)
		}
	}
	if !strings.Contains(lines[8], "_cv") || !strings.Contains(lines[8], "% ") {
		t.Errorf("the variation is a share: %q", lines[8])
	}
}
