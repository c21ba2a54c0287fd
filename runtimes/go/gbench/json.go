package gbench

import (
	"bytes"
	"encoding/json"
	"io"
	"sort"
)

// field and object are a JSON object that keeps the order of its keys, for the eyes of whoever opens the file.
type field struct {
	key   string
	value any
}
type object []field

// MarshalJSON writes the fields in their order.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, f := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		key, err := json.Marshal(f.key)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(f.value)
		if err != nil {
			return nil, err
		}
		b.Write(key)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// WriteJSON writes a whole report in Google Benchmark's schema.
func WriteJSON(w io.Writer, context Context, entries []Entry) error {
	benchmarks := make([]object, len(entries))
	for i, e := range entries {
		benchmarks[i] = e.object()
	}
	text, err := json.MarshalIndent(object{{"context", context.object()}, {"benchmarks", benchmarks}}, "", "  ")
	if err != nil {
		return err
	}
	_, err = w.Write(append(text, '\n'))
	return err
}

func (e Entry) object() object {
	o := object{
		{"name", e.Name()},
		{"family_index", e.Benchmark.Family},
		{"per_family_instance_index", e.Benchmark.Member},
		{"run_name", e.Benchmark.Name},
	}
	if e.Aggregate == "" {
		o = append(o, field{"run_type", "iteration"}, field{"repetitions", e.Repetitions},
			field{"repetition_index", e.Repetition}, field{"threads", 1})
	} else {
		o = append(o, field{"run_type", "aggregate"}, field{"repetitions", e.Repetitions}, field{"threads", 1},
			field{"aggregate_name", e.Aggregate}, field{"aggregate_unit", unitOf(e.Aggregate)})
	}
	o = append(o, field{"iterations", e.Iterations}, field{"real_time", e.RealNs}, field{"cpu_time", e.CPUNs},
		field{"time_unit", "ns"})
	for _, name := range sortedKeys(e.Counters) {
		o = append(o, field{name, e.Counters[name]})
	}
	return append(o, field{"label", e.Benchmark.Label})
}

func sortedKeys(counters map[string]float64) []string {
	names := make([]string, 0, len(counters))
	for name := range counters {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}
