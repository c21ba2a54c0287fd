package main

import (
	"encoding/json"
	"io"
	"os"
	"runtime"

	"threadmark/bench_go/catalog"
	"threadmark/bench_go/gbench"
)

// buildKeys identify the model and its build. The garbage collector's settings change what Go can do, so they are
// told; nothing here sets them.
func buildKeys() []gbench.ContextKey {
	setting := func(name, standard string) string {
		if value := os.Getenv(name); value != "" {
			return value
		}
		return standard
	}
	return []gbench.ContextKey{
		{Key: "model", Value: catalog.Model},
		{Key: "model_version", Value: catalog.Version()},
		{Key: "variant", Value: ""},
		{Key: "compiler", Value: runtime.Compiler + " " + runtime.Version()},
		{Key: "target", Value: runtime.GOOS + "/" + runtime.GOARCH},
		{Key: "gogc", Value: setting("GOGC", "100")},
		{Key: "gomemlimit", Value: setting("GOMEMLIMIT", "off")},
		{Key: "godebug", Value: setting("GODEBUG", "")},
	}
}

func printCapabilities(stdout io.Writer) error {
	type expression struct {
		Label string `json:"label"`
		By    string `json:"by"`
	}
	expressions := map[string]expression{}
	for _, c := range catalog.Capabilities {
		expressions[c.Name] = expression{c.Label, c.By}
	}
	return json.NewEncoder(stdout).Encode(struct {
		Model        string                `json:"model"`
		Version      string                `json:"model_version"`
		Variants     []string              `json:"variants"`
		Capabilities map[string]expression `json:"capabilities"`
	}{catalog.Model, catalog.Version(), []string{}, expressions})
}
