package gbench

import (
	"os"
	"time"

	"threadmark/bench_go/machine"
)

// Context stands at the head of a report: where it was measured, and by what.
type Context struct {
	date       time.Time
	executable string
	cpus, mhz  int
	load       []float64
	own        []ContextKey
}

// ContextKey is a key of our own; Google Benchmark, too, has only text here.
type ContextKey struct{ Key, Value string }

// NewContext looks at the machine now, before any benchmark has loaded it.
func NewContext(own []ContextKey) Context {
	return Context{
		date:       time.Now(),
		executable: os.Args[0],
		cpus:       machine.CPUs(),
		mhz:        machine.MHz(),
		load:       machine.LoadAverage(),
		own:        own,
	}
}

func (c Context) object() object {
	o := object{
		{"date", c.date.Format("2006-01-02T15:04:05-07:00")},
		{"executable", c.executable},
		{"num_cpus", c.cpus},
		{"mhz_per_cpu", c.mhz},
		{"caches", []string{}},
		{"load_avg", c.load},
		{"library_build_type", "release"}, // Go has no other
	}
	for _, k := range c.own {
		o = append(o, field{k.Key, k.Value})
	}
	return o
}
