// bench_go is the Go contender: the suite's workloads on goroutines and channels, with the names, flags, output and
// outcomes of benchmarks/harness/PROTOCOL.md.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"threadmark/bench_go/catalog"
	"threadmark/bench_go/gbench"
	"threadmark/bench_go/machine"
	"threadmark/bench_go/outcome"
	"threadmark/bench_go/spin"
	"threadmark/bench_go/workloads"
)

const exitUsage = 2

func main() {
	machine.DieBySignal()
	err := run(os.Args[1:], os.Stdout)
	code, line := verdict(err)
	if line != "" {
		fmt.Fprintln(os.Stderr, line)
	}
	os.Exit(code)
}

// verdict turns how a run ended into the exit code and the last line on standard error.
func verdict(err error) (code int, line string) {
	var result *outcome.Error
	switch {
	case err == nil:
		return 0, ""
	case errors.As(err, &result):
		return outcome.ExitCode, oneLine(result.Error())
	}
	return exitUsage, "bench_go: " + oneLine(err.Error())
}

func oneLine(text string) string { return strings.ReplaceAll(text, "\n", " ") }

func run(args []string, stdout io.Writer) error {
	o, err := parseFlags(args)
	var help errHelp
	switch {
	case errors.As(err, &help):
		fmt.Fprintln(stdout, help.text)
		return nil
	case err != nil:
		return err
	case o.capabilities:
		return catalog.WriteCapabilities(stdout)
	}
	cells, err := chosen(o)
	if err != nil {
		return err
	}
	if o.list {
		for _, b := range cells {
			fmt.Fprintln(stdout, b.Name)
		}
		return nil
	}
	if err := machine.Pin(o.cores); err != nil {
		return err
	}
	return measure(o, cells, stdout)
}

// chosen makes a benchmark of every cell asked for.
func chosen(o *options) ([]*gbench.Benchmark, error) {
	cells := o.cells
	if len(cells) == 0 {
		cells = catalog.Standard()
	}
	setup := workloads.Setup{Ledger: o.memory, Client: o.client, Variant: o.variant, StepsPerUs: func() uint64 {
		if o.stepsPerUs == 0 {
			o.stepsPerUs = spin.Calibrate()
		}
		return o.stepsPerUs
	}}
	var list []*gbench.Benchmark
	family := map[string]int{}
	members := map[string]int{}
	for _, cell := range cells {
		body, err := workloads.New(cell, setup)
		if err != nil {
			return nil, err
		}
		w := cell.Workload
		if _, known := family[w.Name]; !known {
			family[w.Name] = len(family)
		}
		if o.filter(cell.Name()) {
			list = append(list, &gbench.Benchmark{Name: cell.Name(), Label: w.Label(), Family: family[w.Name],
				Member: members[w.Name], Cold: workloads.Cold(w.Name), Body: body})
		}
		members[w.Name]++
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("no cell matches --benchmark_filter=%s", o.pattern)
	}
	return list, nil
}
