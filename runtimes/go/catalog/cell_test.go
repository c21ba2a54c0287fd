package catalog

import (
	"strings"
	"testing"
)

func TestStandardCellsAreAllCombinationsOnce(t *testing.T) {
	want := 0
	for _, w := range Workloads {
		product := 1
		for _, p := range w.Parameters {
			product *= len(p.Standard)
		}
		want += product
	}
	seen := map[string]bool{}
	for _, cell := range Standard() {
		seen[cell.Name()] = true
	}
	if len(seen) != want || len(Standard()) != want {
		t.Errorf("%d cells, %d names, want %d", len(Standard()), len(seen), want)
	}
	if !seen["worker_pool/workers:5/capacity:128/jobs:100000/work_ns:10000"] {
		t.Errorf("a standard cell is missing in %v", seen)
	}
}

func TestNamesAndCellsCorrespond(t *testing.T) {
	for _, cell := range Standard() {
		again, err := ParseCell(cell.Name())
		if err != nil || again.Name() != cell.Name() {
			t.Errorf("%s becomes %v, %v", cell.Name(), again, err)
		}
	}
	cell, err := ParseCell("worker_pool/workers:7/capacity:0/jobs:11/work_ns:13")
	if err != nil {
		t.Fatal(err)
	}
	if cell.Value("workers") != 7 || cell.Value("capacity") != 0 || cell.Value("jobs") != 11 || cell.Value("work_ns") != 13 {
		t.Errorf("values %v", cell.Values)
	}
}

func TestBadNamesAreRefusedAndSayWhatIsKnown(t *testing.T) {
	for name, says := range map[string]string{
		"":                                     "known: spawn_join parked ping_pong worker_pool select_fan_in skynet",
		"spawn":                                "known: spawn_join",
		"spawn_join":                           "spawn_join/n:VALUE",
		"spawn_join/n:1/n:2":                   "spawn_join/n:VALUE",
		"spawn_join/m:5":                       "spawn_join/n:VALUE",
		"select_fan_in/capacity:0/producers:4": "select_fan_in/producers:VALUE/capacity:VALUE",
		"spawn_join/n:0":                       "from 1 to",
		"spawn_join/n:-1":                      "whole number",
		"spawn_join/n:1.5":                     "whole number",
		"spawn_join/n:":                        "whole number",
		"spawn_join/n":                         "whole number",
		"spawn_join/n:1000000001":              "to 1000000000",
		"spawn_join/n:99999999999999999999":    "whole number",
	} {
		_, err := ParseCell(name)
		if err == nil {
			t.Errorf("%q was taken", name)
		} else if !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %q does not say %q in one line", name, err, says)
		}
	}
}
