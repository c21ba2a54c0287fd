package gbench

import (
	"fmt"
	"math"
	"time"
)

// Benchmark is what a runner runs.
type Benchmark struct {
	Name   string
	Label  string
	Family int  // the workload's position
	Member int  // the cell's position among those of the workload
	Cold   bool // exactly one iteration a repetition, without a warm-up
	Body   Body
}

// Runner holds how to run.
type Runner struct {
	MinTime     time.Duration
	Iterations  int // exactly so many, in place of MinTime; 0: as that says. A cold benchmark has one all the same.
	Repetitions int
	SlowBy      int          // percent by which every timed part is made longer, by a real delay
	Look        func(*State) // called, untimed, before and after the timed parts of some iterations
}

// Entry is one line of the report: a repetition, or an aggregate over all of them.
type Entry struct {
	Benchmark   *Benchmark
	Aggregate   string // empty for a repetition
	Repetitions int
	Repetition  int
	Iterations  int
	RealNs      float64 // per iteration
	CPUNs       float64
	Counters    map[string]float64
}

// Name is the benchmark's, and for an aggregate its name behind that.
func (e Entry) Name() string {
	if e.Aggregate == "" {
		return e.Benchmark.Name
	}
	return e.Benchmark.Name + "_" + e.Aggregate
}

// mostIterations ends the growth where timed parts take next to no time.
const mostIterations = 1_000_000_000

// Run returns an entry for each repetition and, where there is more than one, the aggregates.
func (r Runner) Run(b *Benchmark) ([]Entry, error) {
	if !b.Cold {
		if _, err := r.iterate(b, 1); err != nil {
			return nil, err
		}
	}
	var entries []Entry
	iterations, grow := 1, !b.Cold
	if grow && r.Iterations > 0 {
		iterations, grow = r.Iterations, false
	}
	for i := 0; i < r.Repetitions; i++ {
		entry, err := r.repeat(b, iterations, grow && i == 0)
		if err != nil {
			return nil, err
		}
		iterations = entry.Iterations // found by the first repetition, kept by the others
		entry.Repetition = i
		entries = append(entries, entry)
	}
	if len(entries) > 1 {
		entries = append(entries, aggregates(entries)...)
	}
	return entries, nil
}

// repeat makes one repetition. Where the number of iterations may grow, the run that is long enough is the one that
// counts, and the shorter ones before it are dropped.
func (r Runner) repeat(b *Benchmark, iterations int, grow bool) (Entry, error) {
	for {
		s, err := r.iterate(b, iterations)
		if err != nil {
			return Entry{}, err
		}
		if !grow || s.wall >= r.MinTime || iterations >= mostIterations {
			return Entry{
				Benchmark:   b,
				Repetitions: r.Repetitions,
				Iterations:  iterations,
				RealNs:      float64(s.wall.Nanoseconds()) / float64(iterations),
				CPUNs:       float64(s.cpu.Nanoseconds()) / float64(iterations),
				Counters:    s.counters(iterations),
			}, nil
		}
		iterations = nextIterations(iterations, s.wall, r.MinTime)
	}
}

func (r Runner) iterate(b *Benchmark, iterations int) (*State, error) {
	s := newState(r.Look, r.SlowBy)
	for i := 0; i < iterations; i++ {
		s.iteration++
		if err := b.Body(s); err != nil {
			return nil, err
		}
	}
	if s.wall <= 0 {
		return nil, fmt.Errorf("%s timed nothing", b.Name) // a body without a timed part would grow for ever
	}
	return s, nil
}

// nextIterations aims 40 % past the wanted time. It trusts only a run that was long enough to say something, and
// grows tenfold otherwise; it always grows.
func nextIterations(iterations int, took, want time.Duration) int {
	factor := 10.0
	if share := took.Seconds() / want.Seconds(); share > 0.1 {
		factor = 1.4 / share
	}
	next := math.Max(math.Round(factor*float64(iterations)), float64(iterations)+1)
	return int(math.Min(next, mostIterations))
}
