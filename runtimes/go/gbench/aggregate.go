package gbench

import (
	"math"
	"sort"
)

// statistics are the aggregates over repetitions, in the order in which they are reported. The unit tells a reader
// of the JSON whether the value is a time or a share.
var statistics = []struct {
	name, unit string
	of         func([]float64) float64
}{
	{"mean", "time", mean},
	{"median", "time", median},
	{"stddev", "time", stddev},
	{"cv", "percentage", variation},
}

func unitOf(aggregate string) string {
	for _, s := range statistics {
		if s.name == aggregate {
			return s.unit
		}
	}
	return ""
}

func aggregates(repetitions []Entry) []Entry {
	column := func(value func(Entry) float64) []float64 {
		values := make([]float64, len(repetitions))
		for i, e := range repetitions {
			values[i] = value(e)
		}
		return values
	}
	first := repetitions[0]
	var entries []Entry
	for _, s := range statistics {
		counters := make(map[string]float64, len(first.Counters))
		for name := range first.Counters {
			name := name
			counters[name] = s.of(column(func(e Entry) float64 { return e.Counters[name] }))
		}
		entries = append(entries, Entry{
			Benchmark:   first.Benchmark,
			Aggregate:   s.name,
			Repetitions: first.Repetitions,
			Iterations:  len(repetitions),
			RealNs:      s.of(column(func(e Entry) float64 { return e.RealNs })),
			CPUNs:       s.of(column(func(e Entry) float64 { return e.CPUNs })),
			Counters:    counters,
		})
	}
	return entries
}

func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}

func median(values []float64) float64 {
	sorted := append([]float64(nil), values...)
	sort.Float64s(sorted)
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

// stddev is the standard deviation of a sample (n-1), 0 where there is only one value.
func stddev(values []float64) float64 {
	if len(values) < 2 {
		return 0
	}
	m, squares := mean(values), 0.0
	for _, v := range values {
		squares += (v - m) * (v - m)
	}
	return math.Sqrt(squares / float64(len(values)-1))
}

// variation is the standard deviation as a share of the mean. Values that are all 0 do not vary: 0, where Google
// Benchmark prints NaN, which is not JSON.
func variation(values []float64) float64 {
	deviation := stddev(values)
	if deviation == 0 {
		return 0
	}
	return deviation / mean(values)
}
