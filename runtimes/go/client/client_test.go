package client

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"syscall"
	"testing"

	"threadmark/bench_go/machine"
	"threadmark/bench_go/outcome"
)

// far is the other process's side of the pipe.
type far struct {
	lines         *bufio.Reader
	answers, seen *os.File // where answers are written to, and where lines are read from
}

func (f *far) close() {
	f.answers.Close()
	f.seen.Close()
}

// pipes returns a client as a contender opens it, by numbers, and the other side.
func pipes(t *testing.T) (*Client, *far) {
	t.Helper()
	answersOut, answersIn, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	linesOut, linesIn, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	c, err := Open(fmt.Sprintf("%d,%d", handOver(t, answersOut), handOver(t, linesIn)))
	if err != nil {
		t.Fatal(err)
	}
	f := &far{bufio.NewReader(linesOut), answersIn, linesOut}
	t.Cleanup(f.close)
	return c, f
}

// handOver makes a number that the client alone owns. It blocks, as an inherited one does.
func handOver(t *testing.T, file *os.File) int {
	t.Helper()
	fd, err := syscall.Dup(int(file.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	file.Close()
	return fd
}

func expectOutcome(t *testing.T, what string, err error, kind outcome.Kind, reason string) {
	t.Helper()
	var o *outcome.Error
	if !errors.As(err, &o) || o.Kind != kind || o.Reason != reason {
		t.Errorf("%s: %v, not %s: %s", what, err, kind, reason)
	}
}

func TestEachQuestionIsALineAndWaitsForItsAnswer(t *testing.T) {
	c, far := pipes(t)
	for line, ask := range map[string]func() error{
		"measure 7 8080 100 /wait 50\n": func() error { _, err := c.Measure(7, 8080, 100, "/wait", 50); return err },
		"hold 8080 1000\n":              func() error { return c.Hold(8080, 1000) },
		"release\n":                     c.Release,
	} {
		ask, returned := ask, make(chan error, 1)
		go func() { returned <- ask() }()
		if got, err := far.lines.ReadString('\n'); err != nil || got != line {
			t.Fatalf("read %q, %v; want %q", got, err, line)
		}
		fmt.Fprint(far.answers, "metric a 1\n")
		select {
		case err := <-returned:
			t.Fatalf("%q did not wait for the end: %v", line, err)
		default:
		}
		fmt.Fprint(far.answers, "ok\n")
		if err := <-returned; err != nil {
			t.Fatal(err)
		}
	}
}

func TestMetricsAreThoseOfTheirOwnMeasurement(t *testing.T) {
	c, far := pipes(t)
	for answer, want := range map[string]Metrics{
		"ok\n": {},
		"metric requests_per_s 217000.5\nmetric errors 0\nok\n":      {"requests_per_s": 217000.5, "errors": 0},
		"metric at50_p50_us 1e3\nmetric answered 123456789012\nok\n": {"at50_p50_us": 1000, "answered": 123456789012},
	} {
		fmt.Fprint(far.answers, answer)
		if got, err := c.Measure(1, 2, 3, "/", 4); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %v, %v", answer, got, err)
		}
	}
}

func TestWhatTheClientEndsWithIsTheOutcome(t *testing.T) {
	for answer, want := range map[string]outcome.Error{
		"limit: 90 %d of: 1024\n":                 {Kind: outcome.Limit, Reason: "90 %d of: 1024"},
		"misconfigured: wrk: not found %d\n":      {Kind: outcome.Misconfigured, Reason: "wrk: not found %d"},
		"metric errors 1\nlimit: no more ports\n": {Kind: outcome.Limit, Reason: "no more ports"},
		"":       {Kind: outcome.Misconfigured, Reason: "the client has gone"},
		"ok":     {Kind: outcome.Misconfigured, Reason: "the client has gone"}, // in the middle of a line
		"limit:": {Kind: outcome.Misconfigured, Reason: "the client has gone"},
	} {
		c, far := pipes(t)
		fmt.Fprint(far.answers, answer)
		far.answers.Close()
		expectOutcome(t, answer, c.Release(), want.Kind, want.Reason)
	}
}

func TestAnswersThatAreNone(t *testing.T) {
	for _, answer := range []string{"", "no", "OK", "ok ", " ok", "ok so far", "metric", "metric a", "metric a ", "metric a b",
		"metric a 1 2", "metric  1", "metric a NaN", "metric a Inf", "metrics a 1", "limit", "limit:", "limit: ", "limit x",
		"misconfigured:", "wrong_answer: x", "metric a 1\nmetric a 1"} {
		c, far := pipes(t)
		fmt.Fprint(far.answers, answer+"\nok\n")
		last := answer[strings.LastIndexByte(answer, '\n')+1:]
		expectOutcome(t, answer, c.Release(), outcome.Misconfigured, fmt.Sprintf("the client answered %q with %q", "release", last))
	}
}

func TestNobodyReads(t *testing.T) {
	c, far := pipes(t)
	far.seen.Close()
	expectOutcome(t, "a pipe without a reader", c.Release(), outcome.Misconfigured, "the client has gone")
}

func TestThereIsNoClient(t *testing.T) {
	var none *Client
	const missing = "there is no client: --client_fds=R,W is missing (threadmark run gives it)"
	_, err := none.Measure(1, 2, 3, "/", 4)
	for _, err := range []error{err, none.Hold(1, 2), none.Release(), none.There()} {
		expectOutcome(t, "no client", err, outcome.Misconfigured, missing)
	}
	if c, _ := pipes(t); c.There() != nil {
		t.Error("a client is not there")
	}
}

// Whoever waits for an answer is parked: a hundred of them in blocking reads would have a thread each.
func TestWhoWaitsForAnAnswerHoldsNoThread(t *testing.T) {
	threads, err := machine.NewThreadCounter()
	if err != nil {
		t.Fatal(err)
	}
	const asking = 100
	before, returned := threads.Count(), make(chan error, asking)
	var others []*far
	for i := 0; i < asking; i++ {
		c, far := pipes(t)
		others = append(others, far)
		go func() { returned <- c.Release() }()
	}
	for _, far := range others {
		if _, err := far.lines.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	}
	if more := threads.Count() - before; more > asking/2 {
		t.Errorf("%d threads more for %d that wait", more, asking)
	}
	for _, far := range others {
		fmt.Fprint(far.answers, "ok\n")
	}
	for range others {
		if err := <-returned; err != nil {
			t.Error(err)
		}
	}
}

func TestBadDescriptors(t *testing.T) {
	for _, text := range []string{"", "3", "a,1", "0,", "0,999999", "999999,0"} {
		if _, err := Open(text); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}
