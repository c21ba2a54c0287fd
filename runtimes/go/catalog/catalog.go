// Package catalog is the Go contender's copy of benchmarks/workloads/catalog.json: a Go program cannot embed a file
// from outside its module. A test holds the two together; the JSON file is the original.
package catalog

// Parameter is one parameter of a workload with its standard values.
type Parameter struct {
	Name     string
	Least    uint64 // the smallest value that makes sense; the catalogue file does not state it
	Standard []uint64
}

// Metric is what a workload reports.
type Metric struct{ Name, Unit, Better string }

// Workload is one entry of the catalogue. The order of Parameters is their order in a cell's name.
type Workload struct {
	Name       string
	Sentence   string
	Parameters []Parameter
	Uses       []string // the capabilities, by name
	Metrics    []Metric
}
