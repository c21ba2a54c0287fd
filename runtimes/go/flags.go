package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"threadmark/bench_go/catalog"
	"threadmark/bench_go/client"
	"threadmark/bench_go/ledger"
)

// options are the command line, read and checked. Everything wrong in it is found here, before anything runs.
type options struct {
	filter       func(cell string) bool
	pattern      string // the filter as it was written
	repetitions  int
	minTime      time.Duration
	iterations   int // 0: as minTime says
	out          string
	list         bool
	jsonShown    bool // print the JSON, not the table
	onlyTotals   bool // of several repetitions, report the aggregates alone
	cores        int
	cells        []catalog.Cell // empty: the standard ones
	stepsPerUs   uint64         // 0: measure
	memory       *ledger.Ledger
	client       *client.Client
	variant      string // empty: the recommended configuration
	slowBy       int    // percent
	capabilities bool
}

// errHelp says that help was asked for; its text is the help.
type errHelp struct{ text string }

func (e errHelp) Error() string { return e.text }

func parseFlags(args []string) (*options, error) {
	o := &options{repetitions: 1, minTime: 500 * time.Millisecond, cores: 1, filter: func(string) bool { return true }}
	set := flag.NewFlagSet("bench_go", flag.ContinueOnError)
	set.SetOutput(io.Discard) // errors and help are printed by main, in a line
	set.Usage = func() {}
	take := func(name, value, help string, read func(string) error) {
		set.Func(name, "`"+value+"` "+help, read)
	}

	take("benchmark_filter", "REGEX", "run only the cells that it matches; -REGEX: only those it does not",
		func(text string) (err error) { o.pattern = text; o.filter, err = parseFilter(text); return })
	take("benchmark_repetitions", "N", "repeat each cell, and report mean, median, stddev and cv (default 1)",
		func(text string) (err error) { o.repetitions, err = parseCount(text); return })
	take("benchmark_min_time", "SECONDS|Nx", "iterate each cell for at least so long, as 0.5 or 0.5s (default 0.5), or N times",
		func(text string) (err error) {
			if strings.HasSuffix(text, "x") {
				o.iterations, err = parseCount(strings.TrimSuffix(text, "x"))
			} else {
				o.minTime, err = parseSeconds(text)
			}
			return
		})
	take("benchmark_out", "FILE", "write the results there as JSON",
		func(text string) error { o.out = text; return nil })
	take("benchmark_out_format", "json", "the only format",
		func(text string) error { return oneOf(text, "json") })
	take("benchmark_format", "console|json", "what is printed (default console)",
		func(text string) error { o.jsonShown = text == "json"; return oneOf(text, "console", "json") })
	set.BoolVar(&o.onlyTotals, "benchmark_report_aggregates_only", false, "with repetitions, leave them out")
	set.BoolVar(&o.list, "benchmark_list_tests", false, "list the cells and exit")
	take("cores", "K", "how many cores the scheduler may use (default 1); pins to the first K allowed CPUs",
		func(text string) (err error) { o.cores, err = parseCount(text); return })
	take("cell", "NAME", "run this cell instead of the standard ones; may be repeated",
		func(text string) error {
			cell, err := catalog.ParseCell(text)
			o.cells = append(o.cells, cell)
			return err
		})
	take("variant", "NAME", "the model's other configuration; http: the servers are net/http's",
		func(text string) error { o.variant = text; return oneOf(text, append(catalog.Variants, "")...) })
	take("spin_steps_per_us", "N", "steps of the work loop in a microsecond; measured where not given",
		func(text string) (err error) {
			n, err := parseCount(text)
			o.stepsPerUs = uint64(n)
			return
		})
	take("ledger_fds", "R,W", "the memory ledger's pipe",
		func(text string) (err error) { o.memory, err = ledger.Open(text); return })
	take("client_fds", "R,W", "the pipe to the client of the server workloads",
		func(text string) (err error) { o.client, err = client.Open(text); return })
	take("slow_by_percent", "P", "a real delay, for trying the analysis: every timed part lasts so much longer, 1 to 100",
		func(text string) (err error) {
			if o.slowBy, err = parseCount(text); err != nil || o.slowBy > 100 {
				err = errors.New("needs a whole number from 1 to 100")
			}
			return
		})
	set.BoolVar(&o.capabilities, "capabilities", false, "print what the model can express, as JSON, and exit")

	switch err := set.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return nil, errHelp{helpText(set)}
	case err != nil && strings.HasPrefix(err.Error(), "flag provided but not defined"):
		return nil, fmt.Errorf("%v; known: %s", err, strings.Join(names(set), " "))
	case err != nil:
		return nil, err
	case set.NArg() > 0:
		return nil, fmt.Errorf("unexpected argument %q; known flags: %s", set.Arg(0), strings.Join(names(set), " "))
	}
	return o, nil
}

func names(set *flag.FlagSet) (list []string) {
	set.VisitAll(func(f *flag.Flag) { list = append(list, "--"+f.Name) })
	return append(list, "--help")
}

func helpText(set *flag.FlagSet) string {
	var b strings.Builder
	b.WriteString("usage: bench_go [--flag=value ...]\n")
	set.VisitAll(func(f *flag.Flag) {
		name := "--" + f.Name
		value, help := flag.UnquoteUsage(f)
		if value != "" {
			name += "=" + value
		}
		fmt.Fprintf(&b, "  %-32s %s\n", name, strings.TrimPrefix(help, value+" "))
	})
	fmt.Fprintf(&b, "  %-32s %s", "--help", "print this")
	return b.String()
}

// parseFilter reads a pattern as Google Benchmark does: found anywhere in the name, a leading - negates, and "all"
// and the empty pattern match everything.
func parseFilter(text string) (func(string) bool, error) {
	pattern := strings.TrimPrefix(text, "-")
	negated := pattern != text
	if pattern == "all" || pattern == "" {
		pattern = "."
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, err
	}
	return func(name string) bool { return re.MatchString(name) != negated }, nil
}

func parseCount(text string) (int, error) {
	n, err := strconv.ParseUint(text, 10, 31)
	if err != nil || n == 0 {
		return 0, errors.New("needs a whole number of at least 1")
	}
	return int(n), nil
}

func parseSeconds(text string) (time.Duration, error) {
	seconds, err := strconv.ParseFloat(strings.TrimSuffix(text, "s"), 64)
	if err != nil || !(seconds > 0) || seconds > math.MaxInt32 {
		return 0, errors.New("needs a number of seconds above 0, as 0.5 or 0.5s")
	}
	return time.Duration(seconds * float64(time.Second)), nil
}

func oneOf(text string, known ...string) error {
	for _, k := range known {
		if text == k {
			return nil
		}
	}
	return fmt.Errorf("known: %s", strings.TrimSpace(strings.Join(known, " ")))
}
