package gbench

import (
	"fmt"
	"io"
	"strings"
)

// Console prints the table that a person reads, a line as soon as it is known.
type Console struct {
	out   io.Writer
	width int // of the column of names
}

// NewConsole prints the table's head. The names of all benchmarks to come set the first column's width.
func NewConsole(out io.Writer, benchmarks []*Benchmark, repetitions int) *Console {
	width := len("Benchmark")
	for _, b := range benchmarks {
		n := len(b.Name)
		if repetitions > 1 {
			n += len("_median")
		}
		if n > width {
			width = n
		}
	}
	head := fmt.Sprintf("%-*s %15s %15s %12s %s", width, "Benchmark", "Time", "CPU", "Iterations", "UserCounters...")
	rule := strings.Repeat("-", len(head))
	fmt.Fprintf(out, "%s\n%s\n%s\n", rule, head, rule)
	return &Console{out, width}
}

// Print adds a line.
func (c *Console) Print(e Entry) {
	share := unitOf(e.Aggregate) == "percentage"
	cell := func(v float64) string {
		if share {
			return fmt.Sprintf("%.2f %% ", v*100)
		}
		return humanNs(v) + " ns"
	}
	fmt.Fprintf(c.out, "%-*s %15s %15s %12d", c.width, e.Name(), cell(e.RealNs), cell(e.CPUNs), e.Iterations)
	for _, name := range sortedKeys(e.Counters) {
		if share {
			fmt.Fprintf(c.out, " %s=%.2f%%", name, e.Counters[name]*100)
		} else {
			fmt.Fprintf(c.out, " %s=%.6g", name, e.Counters[name])
		}
	}
	fmt.Fprintf(c.out, " %s\n", e.Benchmark.Label)
}

// humanNs keeps three digits of what is small and whole numbers of what is not.
func humanNs(ns float64) string {
	switch {
	case ns < 1:
		return fmt.Sprintf("%.3f", ns)
	case ns < 10:
		return fmt.Sprintf("%.2f", ns)
	case ns < 100:
		return fmt.Sprintf("%.1f", ns)
	}
	return fmt.Sprintf("%.0f", ns)
}
