// A label is never guessed: what Go calls native is a type or a function of its own, and is the one that it names.
package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"threadmark/bench_go/catalog"
	"threadmark/bench_go/machine"
)

func TestLabelRules(t *testing.T) {
	suite(t, "label_rules", []namedRule{
		{"the_labels_are_true", theLabelsAreTrue},
		{"every_capability_says_what_stands_behind_it", everyCapabilitySaysWhatStandsBehindIt},
		{"the_configuration_is_the_one_asked_for", theConfigurationIsTheOneAskedFor},
	})
}

func declared(r *rule, name string) catalog.Capability {
	for _, c := range catalog.Capabilities {
		if c.Name == name {
			return c
		}
	}
	r.Errorf("%s is not declared", name)
	return catalog.Capability{}
}

// expectLabel compares what is declared with the name that Go itself has for what these rules use.
func expectLabel(r *rule, capability, is string) {
	c := declared(r, capability)
	if c.Label != "native" || strings.Contains(is, "threadmark") {
		r.Errorf("%s is labelled %s, but it is %s", capability, c.Label, is)
	}
	if !strings.Contains(c.By, is) {
		r.Errorf("%s is labelled %q, but it is %s", capability, c.By, is)
	}
}

func nameOfFunction(f any) string { return runtime.FuncForPC(reflect.ValueOf(f).Pointer()).Name() }

func nameOfType(pointer any) string { return reflect.TypeOf(pointer).Elem().String() }

func theLabelsAreTrue(r *rule) {
	expectLabel(r, "yield", nameOfFunction(runtime.Gosched))
	expectLabel(r, "sleep_for", nameOfFunction(time.Sleep))
	expectLabel(r, "unbuffered_channel", reflect.TypeOf(make(chan int)).Kind().String())
	expectLabel(r, "buffered_channel", reflect.TypeOf(make(chan int, 1)).Kind().String())
	expectLabel(r, "select", nameOfFunction(reflect.Select))
	expectLabel(r, "wait_group", nameOfType((*sync.WaitGroup)(nil)))
	expectLabel(r, "mutex", nameOfType((*sync.Mutex)(nil)))
	expectLabel(r, "cancellation", nameOfType((*context.Context)(nil)))
	expectLabel(r, "task_listing", nameOfFunction(runtime.GoroutineProfile))
	expectLabel(r, "network", nameOfType((*net.Listener)(nil)))
	expectLabel(r, "network", nameOfType((*net.Conn)(nil)))
}

func everyCapabilitySaysWhatStandsBehindIt(r *rule) {
	used := []string{"go", "yield", "sleep_for", "unbuffered_channel", "buffered_channel", "select", "wait_group",
		"mutex", "held_start", "cancellation", "network"}
	for _, name := range used {
		if declared(r, name).Label == "unsupported" {
			r.Errorf("%s is unsupported: these rules use it", name)
		}
	}
	for _, c := range catalog.Capabilities {
		if c.By == "" {
			r.Errorf("%s: nothing stands behind it", c.Name)
		}
		if c.Label != "native" && c.Label != "composed" && c.Label != "unsupported" {
			r.Errorf("%s is labelled %q", c.Name, c.Label)
		}
	}
}

// Go's stacks grow, so what is set aside for one is less than a page at first; and the scheduler has no other
// configuration: that is about its servers alone.
func theConfigurationIsTheOneAskedFor(r *rule) {
	expect(r, "GOMAXPROCS", runtime.GOMAXPROCS(0), r.cores)
	if stack := machine.StartingStack(); stack < 2048 {
		r.Errorf("a starting stack of %d bytes", stack)
	}
	var text bytes.Buffer
	if err := catalog.WriteCapabilities(&text); err != nil {
		r.Fatal(err)
	}
	var says struct{ Variants []string }
	if err := json.Unmarshal(text.Bytes(), &says); err != nil || !reflect.DeepEqual(says.Variants, []string{"http"}) {
		r.Errorf("variants %v (%v), but there is http to choose", says.Variants, err)
	}
}
