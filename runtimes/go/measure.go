package main

import (
	"fmt"
	"io"
	"os"
	"runtime"

	"threadmark/bench_go/catalog"
	"threadmark/bench_go/gbench"
	"threadmark/bench_go/machine"
	"threadmark/bench_go/outcome"
)

// measure runs the benchmarks and reports them. The first that does not end well ends everything: its tasks may be
// stuck, and what would run beside them is not the workload.
func measure(o *options, benchmarks []*gbench.Benchmark, stdout io.Writer) error {
	var file *os.File
	if o.out != "" {
		var err error
		if file, err = os.Create(o.out); err != nil { // before anything runs
			return fmt.Errorf("--benchmark_out: %w", err)
		}
		defer file.Close()
	}
	threads, err := machine.NewThreadCounter()
	if err != nil {
		return outcome.Misconfiguredf("cannot count threads: %v", err)
	}
	runner := gbench.Runner{MinTime: o.minTime, Iterations: o.iterations, Repetitions: o.repetitions, SlowBy: o.slowBy, Look: func(s *gbench.State) {
		s.Effective("os_threads", float64(threads.Count()))
		s.Effective("stack_bytes", float64(machine.StartingStack()))
		s.Effective("cores", float64(machine.EffectiveCores()))
		if o.slowBy != 0 {
			s.Effective("slow_by_percent", float64(o.slowBy))
		}
	}}
	context := gbench.NewContext(buildKeys(o.variant))
	table := stdout
	if o.jsonShown {
		table = io.Discard
	}
	console := gbench.NewConsole(table, benchmarks, o.repetitions)
	var entries []gbench.Entry
	for _, b := range benchmarks {
		more, err := runner.Run(b)
		if err != nil {
			return err
		}
		for _, e := range more {
			if o.onlyTotals && o.repetitions > 1 && e.Aggregate == "" {
				continue
			}
			console.Print(e)
			entries = append(entries, e)
		}
	}
	if o.jsonShown {
		if err := gbench.WriteJSON(stdout, context, entries); err != nil {
			return fmt.Errorf("standard output: %w", err)
		}
	}
	if file == nil {
		return nil
	}
	if err := gbench.WriteJSON(file, context, entries); err != nil {
		return fmt.Errorf("--benchmark_out: %w", err)
	}
	return file.Close()
}

// buildKeys identify the model and its build. The garbage collector's settings change what Go can do, so they are
// told; nothing here sets them.
func buildKeys(variant string) []gbench.ContextKey {
	setting := func(name, standard string) string {
		if value := os.Getenv(name); value != "" {
			return value
		}
		return standard
	}
	return []gbench.ContextKey{
		{Key: "model", Value: catalog.Model},
		{Key: "model_version", Value: catalog.Version()},
		{Key: "variant", Value: variant},
		{Key: "compiler", Value: runtime.Compiler + " " + runtime.Version()},
		{Key: "target", Value: runtime.GOOS + "/" + runtime.GOARCH},
		{Key: "gogc", Value: setting("GOGC", "100")},
		{Key: "gomemlimit", Value: setting("GOMEMLIMIT", "off")},
		{Key: "godebug", Value: setting("GODEBUG", "")},
	}
}
