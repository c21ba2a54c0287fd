package catalog

import (
	"encoding/json"
	"io"
	"runtime"
	"strings"
)

// Capability says how Go expresses one thing that a threading model is asked for.
type Capability struct {
	Name  string
	Label string // native, composed or unsupported
	By    string // the language feature or library type that stands behind it
}

// Model is this contender's name.
const Model = "go"

// HTTP is the variant in which net/http's server stands in for the one that the suite writes itself. It changes the
// workloads that have a server, and no others.
const HTTP = "http"

// Variants are the configurations besides the recommended one.
var Variants = []string{HTTP}

// Capabilities are in the order of runtimes/model.hpp. Go has all of them itself.
var Capabilities = []Capability{
	{"go", "native", "go statement"},
	{"yield", "native", "runtime.Gosched"},
	{"sleep_for", "native", "time.Sleep"},
	{"unbuffered_channel", "native", "make(chan T)"},
	{"buffered_channel", "native", "make(chan T, n)"},
	{"select", "native", "select statement; reflect.Select for a number of channels known only at run time"},
	{"wait_group", "native", "sync.WaitGroup"},
	{"mutex", "native", "sync.Mutex"},
	{"held_start", "native", "go statement, by a goroutine that keeps the only P"},
	{"cancellation", "native", "context.Context"},
	{"task_listing", "native", "goroutine profile of runtime/pprof; runtime.GoroutineProfile"},
	{"network", "native", "net.Listener and net.Conn"},
}

// Version is the Go release without its prefix, as in "1.19.8".
func Version() string { return strings.TrimPrefix(runtime.Version(), "go") }

// Label is the weakest label among the capabilities that the workload uses.
func (w *Workload) Label() string {
	strength := map[string]int{"unsupported": 0, "composed": 1, "native": 2}
	weakest := "native"
	for _, use := range w.Uses {
		label := "unsupported" // a capability that is not declared is not there
		for _, c := range Capabilities {
			if c.Name == use {
				label = c.Label
			}
		}
		if strength[label] < strength[weakest] {
			weakest = label
		}
	}
	return weakest
}

// WriteCapabilities writes what the model is and can express, as one JSON object.
func WriteCapabilities(w io.Writer) error {
	type expression struct {
		Label string `json:"label"`
		By    string `json:"by"`
	}
	expressions := map[string]expression{}
	for _, c := range Capabilities {
		expressions[c.Name] = expression{c.Label, c.By}
	}
	return json.NewEncoder(w).Encode(struct {
		Model        string                `json:"model"`
		Version      string                `json:"model_version"`
		Variants     []string              `json:"variants"`
		Capabilities map[string]expression `json:"capabilities"`
	}{Model, Version(), Variants, expressions})
}
