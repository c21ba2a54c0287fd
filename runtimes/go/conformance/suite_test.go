// Package conformance holds Go to the rules of runtimes/conformance, suite by suite and name by name. This file is what
// the suites share: how a rule gets into tasks, on one core and on two, how it waits there, and how long it may take.
package conformance

import (
	"fmt"
	"os"
	"reflect"
	"regexp"
	"runtime"
	"sync"
	"testing"
	"time"
)

// timeLimit is what one rule may take: a lost wake-up otherwise looks like patience.
const timeLimit = 60 * time.Second

// raceDetector says whether this program is built with it (race_test.go).
var raceDetector bool

// rule is what a rule of a suite is given: the test that it is, and the tasks that it has started.
type rule struct {
	*testing.T
	cores int
	limit <-chan time.Time
	tasks sync.WaitGroup
}

// namedRule is a rule under the name that it has in C++.
type namedRule struct {
	name string
	test func(r *rule)
}

// suite runs the rules on one core and on two. They must be those of the C++ suite of that name, in its order.
func suite(t *testing.T, name string, rules []namedRule) {
	expectRulesOfHeader(t, name, rules)
	for _, cores := range []int{1, 2} {
		cores := cores
		t.Run(fmt.Sprintf("cores_%d", cores), func(t *testing.T) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
			for _, one := range rules {
				one := one
				t.Run(one.name, func(t *testing.T) {
					limit := time.NewTimer(timeLimit)
					defer limit.Stop()
					one.test(&rule{T: t, cores: cores, limit: limit.C})
				})
			}
		})
	}
}

func expectRulesOfHeader(t *testing.T, suite string, rules []namedRule) {
	t.Helper()
	text, err := os.ReadFile("../../conformance/" + suite + ".hpp")
	if err != nil {
		t.Fatal(err)
	}
	var want, have []string
	for _, match := range regexp.MustCompile(`TYPED_TEST\(\s*\w+,\s*(\w+)\)`).FindAllSubmatch(text, -1) {
		want = append(want, string(match[1]))
	}
	for _, one := range rules {
		have = append(have, one.name)
	}
	if len(want) == 0 || !reflect.DeepEqual(want, have) {
		t.Errorf("%s.hpp has the rules\n%q\nand this suite\n%q", suite, want, have)
	}
}

// skip is a rule that Go cannot express.
func skip(reason string) func(r *rule) {
	return func(r *rule) {
		r.Helper()
		r.Skip(reason)
	}
}

// run runs root as a task and returns when it and every task started by goTask have ended. It waits on the test's own
// goroutine, so that a rule that hangs fails and the next one has its turn.
func (r *rule) run(root func()) {
	r.Helper()
	r.goTask(root)
	ended := make(chan struct{})
	go func() {
		r.tasks.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-r.limit:
		r.Fatalf("%s hangs: no end after %v\n\n%s", r.Name(), timeLimit, allStacks())
	}
}

// goTask starts f as a task of the rule. It may be called from inside a task only.
func (r *rule) goTask(f func()) {
	r.tasks.Add(1)
	go func() {
		defer r.tasks.Done()
		f()
	}()
}

func allStacks() []byte {
	for size := 1 << 20; ; size *= 2 {
		text := make([]byte, size)
		if n := runtime.Stack(text, true); n < size {
			return text[:n]
		}
	}
}

// waitUntil waits, in a task, for something that another task will bring about.
func waitUntil(condition func() bool) {
	for !condition() {
		time.Sleep(200 * time.Microsecond)
	}
}

// letOthersRun gives all other tasks ample time to do what they must not do.
func letOthersRun() { time.Sleep(20 * time.Millisecond) }

func expect[T comparable](r *rule, what string, got, want T) {
	if got != want {
		r.Helper()
		r.Errorf("%s: %v, want %v", what, got, want)
	}
}

func expectNear(r *rule, what string, got int, want, within float64) {
	if float64(got) < want-within || float64(got) > want+within {
		r.Helper()
		r.Errorf("%s: %d, want %.0f ± %.0f", what, got, want, within)
	}
}

func expectReceived[T comparable](r *rule, ch chan T, want T) {
	if got, open := <-ch; !open || got != want {
		r.Helper()
		r.Errorf("received %v (channel open: %v), want %v", got, open, want)
	}
}

func expectClosed[T any](r *rule, ch chan T, why string) {
	if got, open := <-ch; open {
		r.Helper()
		r.Errorf("received %v of a channel that should be closed and drained: %s", got, why)
	}
}

// found is what a receive that does not wait has found.
type found string

const (
	value  found = "a value"
	empty  found = "nothing"
	closed found = "the end"
)

func tryRecv[T any](ch chan T) (T, found) {
	select {
	case v, open := <-ch:
		if !open {
			return v, closed
		}
		return v, value
	default:
		var none T
		return none, empty
	}
}

func trySend[T any](ch chan T, v T) bool {
	select {
	case ch <- v:
		return true
	default:
		return false
	}
}

// What Go panics with when a channel or a wait group is misused.
const (
	sendOnClosed    = "send on closed channel"
	closeOfClosed   = "close of closed channel"
	negativeCounter = "sync: negative WaitGroup counter"
)

// panicOf is what f panics with, as text; empty where it does not.
func panicOf(f func()) (text string) {
	defer func() {
		if cause := recover(); cause != nil {
			text = fmt.Sprint(cause)
		}
	}()
	f()
	return ""
}
