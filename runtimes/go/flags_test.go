package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestFlagsAreTakenInBothForms(t *testing.T) {
	var pipe [4]int // an end for each of the two forms: whoever takes one closes it when he has ended
	for i := range pipe {
		var err error
		if pipe[i], err = syscall.Open(os.DevNull, syscall.O_RDWR, 0); err != nil {
			t.Fatal(err)
		}
	}
	fds := func(i int) string { return fmt.Sprintf("%d,%d", pipe[i], pipe[i+1]) }
	joined, err := parseFlags([]string{"--benchmark_filter=skynet", "--benchmark_repetitions=3",
		"--benchmark_min_time=0.25s", "--benchmark_out=x.json", "--benchmark_out_format=json",
		"--benchmark_list_tests=true", "--cores=2", "--cell=skynet/leaves:10", "--cell=parked/n:3", "--variant=http",
		"--spin_steps_per_us=750", "--ledger_fds=0,1", "--client_fds=" + fds(0), "--slow_by_percent=7", "--capabilities"})
	if err != nil {
		t.Fatal(err)
	}
	apart, err := parseFlags([]string{"--benchmark_filter", "skynet", "--benchmark_repetitions", "3",
		"--benchmark_min_time", "0.25", "--benchmark_out", "x.json", "--benchmark_out_format", "json",
		"--benchmark_list_tests", "--cores", "2", "--cell", "skynet/leaves:10", "--cell", "parked/n:3", "--variant", "http",
		"--spin_steps_per_us", "750", "--ledger_fds", "0,1", "--client_fds", fds(2), "--slow_by_percent", "7", "--capabilities"})
	if err != nil {
		t.Fatal(err)
	}
	for form, o := range map[string]*options{"--flag=value": joined, "--flag value": apart} {
		if !o.filter("skynet/leaves:10") || o.filter("parked/n:3") || o.repetitions != 3 ||
			o.minTime != 250*time.Millisecond || o.out != "x.json" || !o.list || o.cores != 2 || len(o.cells) != 2 ||
			o.cells[1].Name() != "parked/n:3" || o.stepsPerUs != 750 || o.memory == nil || o.client == nil ||
			o.variant != "http" || o.slowBy != 7 ||
			!o.capabilities {
			t.Errorf("%s: %+v", form, o)
		}
	}
}

func TestStandardOptions(t *testing.T) {
	o, err := parseFlags(nil)
	if err != nil {
		t.Fatal(err)
	}
	if !o.filter("anything") || o.repetitions != 1 || o.minTime != 500*time.Millisecond || o.cores != 1 ||
		len(o.cells) != 0 || o.stepsPerUs != 0 || o.memory != nil || o.client != nil || o.variant != "" ||
		o.slowBy != 0 {
		t.Errorf("%+v", o)
	}
}

func TestFiltersAreGoogleBenchmarks(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		runs          bool
	}{
		{"all", "ping_pong/capacity:0", true},
		{"", "ping_pong/capacity:0", true},
		{".", "ping_pong/capacity:0", true},
		{"pong", "ping_pong/capacity:0", true},
		{"^pong", "ping_pong/capacity:0", false},
		{"capacity:0$", "ping_pong/capacity:0", true},
		{"capacity:0$", "ping_pong/capacity:1", false},
		{"-pong", "ping_pong/capacity:0", false},
		{"-pong", "skynet/leaves:10", true},
		{"(skynet|pong).*0$", "skynet/leaves:10", true},
	} {
		filter, err := parseFilter(c.pattern)
		if err != nil || filter(c.name) != c.runs {
			t.Errorf("filter %q on %s: %v, %v", c.pattern, c.name, !c.runs, err)
		}
	}
}

func TestBadFlagsAreOneLineAndExitTwo(t *testing.T) {
	for flags, says := range map[string]string{
		"--bogus":                       "--benchmark_filter",
		"--benchmark_filters=x":         "--benchmark_filter ",
		"stray":                         `"stray"`,
		"--benchmark_filter=[":          "missing closing ]",
		"--benchmark_repetitions=0":     "at least 1",
		"--benchmark_repetitions=two":   "at least 1",
		"--benchmark_min_time=-1":       "above 0",
		"--benchmark_min_time=0":        "above 0",
		"--benchmark_min_time=NaN":      "above 0",
		"--benchmark_min_time=0x":       "at least 1",
		"--benchmark_min_time=1.5x":     "at least 1",
		"--benchmark_out_format=csv":    "json",
		"--benchmark_format=csv":        "console json",
		"--benchmark_list_tests=maybe":  "maybe",
		"--cores=0":                     "at least 1",
		"--cores=-1":                    "at least 1",
		"--cores=1.5":                   "at least 1",
		"--cores":                       "cores",
		"--cell=spawn":                  "spawn_join parked",
		"--cell=spawn_join/m:1":         "spawn_join/n:VALUE",
		"--cell=skynet/leaves:7":        "power of ten",
		"--variant=fast":                "known: http",
		"--spin_steps_per_us=0":         "at least 1",
		"--ledger_fds=5":                "R,W",
		"--ledger_fds=998,999":          "not open",
		"--client_fds=5":                "R,W",
		"--client_fds=998,999":          "not open",
		"--benchmark_filter=nothing_is": "no cell matches",
		"--benchmark_out=/nowhere/x":    "/nowhere/x",
	} {
		err := run([]string{flags}, &strings.Builder{})
		code, line := verdict(err)
		if code != 2 || !strings.Contains(line, says) || strings.Contains(line, "\n") || !strings.HasPrefix(line, "bench_go: ") {
			t.Errorf("%s: exit %d, %q does not say %q in a line", flags, code, line, says)
		}
	}
}

func TestHelpListsEveryFlag(t *testing.T) {
	for _, flag := range []string{"--help", "-h"} {
		_, err := parseFlags([]string{flag})
		var help errHelp
		if !errors.As(err, &help) {
			t.Fatalf("%s: %v", flag, err)
		}
		for _, name := range []string{"--benchmark_filter=REGEX", "--benchmark_repetitions=N", "--benchmark_min_time=SECONDS|Nx",
			"--benchmark_out=FILE", "--benchmark_out_format=json", "--benchmark_list_tests", "--cores=K", "--cell=NAME",
			"--variant=NAME", "--benchmark_format=console|json",
			"--benchmark_report_aggregates_only", "--spin_steps_per_us=N", "--ledger_fds=R,W", "--client_fds=R,W", "--capabilities", "--help"} {
			if !strings.Contains(help.text, "  "+name+" ") {
				t.Errorf("help does not list %s:\n%s", name, help.text)
			}
		}
	}
}
