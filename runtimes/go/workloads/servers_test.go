package workloads

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"threadmark/bench_go/gbench"
	"threadmark/bench_go/ledger"
	"threadmark/bench_go/outcome"
)

// The workloads about servers, against a client that really connects. Those about one server alone are in http_service_test.go.

const anEchoServer, someIdle = "echo_server/connections:3/route:0/share_percent:50", "idle_connections/n:20"

// ran is one iteration of a cell.
func ran(t *testing.T, cell string, setup Setup) (gbench.Entry, error) {
	t.Helper()
	_, body := body(t, cell, setup)
	entries, err := gbench.Runner{MinTime: 1, Repetitions: 1}.Run(&gbench.Benchmark{Body: body, Cold: true})
	if err != nil {
		return gbench.Entry{}, err
	}
	return entries[0], nil
}

func TestServersOfBothVariantsDoWhatTheirWorkloadsWant(t *testing.T) {
	for _, variant := range variants {
		for _, cell := range []string{
			"echo_server/connections:10/route:0/share_percent:50",
			"echo_server/connections:3/route:1/share_percent:50",
			"echo_server/connections:3/route:2/share_percent:50",
			"idle_connections/n:50",
		} {
			f := &fakeClient{}
			setup := loaded(t, f)
			setup.Variant = variant
			if _, err := ran(t, cell, setup); err != nil {
				t.Errorf("variant %q, %s: %v", variant, cell, err)
			}
			f.end()
			if len(f.held) != 0 {
				t.Errorf("%s: %d are held for ever", cell, len(f.held))
			}
		}
	}
}

func TestWhatTheClientIsAsked(t *testing.T) {
	for cell, want := range map[string]string{
		"echo_server/connections:3/route:0/share_percent:50":  fmt.Sprintf("measure %d PORT 3 / 50", os.Getpid()),
		"echo_server/connections:2/route:1/share_percent:100": fmt.Sprintf("measure %d PORT 2 /wait 100", os.Getpid()),
		"echo_server/connections:1/route:2/share_percent:7":   fmt.Sprintf("measure %d PORT 1 /work 7", os.Getpid()),
		"idle_connections/n:20":                               "hold PORT 16, release, hold PORT 20, release",
	} {
		f := &fakeClient{}
		if _, err := ran(t, cell, loaded(t, f)); err != nil {
			t.Errorf("%s: %v", cell, err)
		}
		f.end()
		asked := strings.Join(f.asked, ", ")
		for _, line := range f.asked { // the port is in the words of each but release
			words := append(strings.Fields(line), "", "")
			port := words[1]
			if words[0] == "measure" {
				port = words[2]
			}
			if port != "" {
				asked = strings.ReplaceAll(asked, " "+port+" ", " PORT ")
			}
		}
		if asked != want {
			t.Errorf("%s: asked %q, not %q", cell, asked, want)
		}
	}
}

func TestTheClientsMetricsAreReportedAndItsCountIsNot(t *testing.T) {
	entry, err := ran(t, anEchoServer, loaded(t, &fakeClient{instead: "metric errors 7\nmetric requests_per_s 0.25\n" +
		"metric answered 0\nok"}))
	if err != nil {
		t.Fatal(err)
	}
	got := entry.Counters
	if len(got) != 2 || got["errors"] != 7 || got["requests_per_s"] != 0.25 {
		t.Errorf("%v", got)
	}
}

func TestTheSpeedOfTheWorkLoopIsToldWhereItIsUsed(t *testing.T) {
	for route, told := range []bool{false, false, true} {
		cell := fmt.Sprintf("echo_server/connections:1/route:%d/share_percent:50", route)
		entry, err := ran(t, cell, loaded(t, &fakeClient{}))
		if speed, is := entry.Counters["effective_spin_steps_per_us"]; err != nil || is != told || told && speed != 500 {
			t.Errorf("%s: %v, %v", cell, entry.Counters, err)
		}
	}
}

func TestAClientThatCountsMoreThanWereAnswered(t *testing.T) {
	for _, variant := range variants {
		setup := loaded(t, &fakeClient{claims: func(answered int) int { return answered + 1 }})
		setup.Variant = variant
		_, err := ran(t, anEchoServer, setup)
		wrong(t, "one more", err)
	}
}

func TestConnectionsThatAreNotThere(t *testing.T) {
	for _, variant := range variants {
		setup := loaded(t, &fakeClient{loses: 1})
		setup.Variant = variant
		_, err := ran(t, someIdle, setup)
		wrong(t, "one too few", err)
	}
}

func TestOutcomesThatTheClientMakes(t *testing.T) {
	for _, cell := range []string{anEchoServer, someIdle} {
		for answer, want := range map[string]string{
			"limit: no ports are left":   "threadmark: limit: no ports are left",
			"misconfigured: wrk is gone": "threadmark: misconfigured: wrk is gone",
		} {
			if _, err := ran(t, cell, loaded(t, &fakeClient{instead: answer})); err == nil || err.Error() != want {
				t.Errorf("%s, %q: %v", cell, answer, err)
			}
		}
		f := &fakeClient{}
		setup := loaded(t, f)
		f.end()
		isMisconfigured(t, cell, setup)
		isMisconfigured(t, cell, fixedSpeed) // without a client
	}
	isMisconfigured(t, anEchoServer, loaded(t, &fakeClient{instead: "metric errors 0\nok"})) // which has not counted
}

func isMisconfigured(t *testing.T, cell string, setup Setup) {
	t.Helper()
	_, err := ran(t, cell, setup)
	var o *outcome.Error
	if !errors.As(err, &o) || o.Kind != outcome.Misconfigured || o.Reason == "" {
		t.Errorf("%s: %v", cell, err)
	}
}

func TestMoreConnectionsThanDescriptors(t *testing.T) {
	f := &fakeClient{}
	_, err := ran(t, "idle_connections/n:1000000000", loaded(t, f))
	isLimit(t, "a thousand million", err)
	if f.end(); len(f.asked) != 0 {
		t.Errorf("the client was asked all the same: %q", f.asked)
	}
}

func TestAnIterationEndsAfterItsLastConnection(t *testing.T) {
	for cell, release := range map[string]int{anEchoServer: 1, someIdle: 2} {
		f := &fakeClient{keeps: release}
		setup, ended := loaded(t, f), make(chan error, 1)
		_, body := body(t, cell, setup)
		go func() {
			_, err := gbench.Runner{MinTime: 1, Repetitions: 1}.Run(&gbench.Benchmark{Body: body, Cold: true})
			ended <- err
		}()
		select {
		case err := <-ended:
			t.Errorf("%s: ended beside open connections: %v", cell, err)
		case <-time.After(3 * settle):
			f.end()
			if err := <-ended; err != nil {
				t.Errorf("%s: %v", cell, err)
			}
		}
	}
}

// lookingLedger says ok to everything, and calls look at each snapshot.
type lookingLedger struct{ look func(line string) }

func (l lookingLedger) Write(line []byte) (int, error) {
	l.look(string(line))
	return len(line), nil
}

func (l lookingLedger) Read(answer []byte) (int, error) { return copy(answer, "ok\n"), nil }

func TestWhatIsOpenWhenTheLedgerLooks(t *testing.T) {
	for _, variant := range variants {
		before, seen := openSockets(t), []int{}
		setup := loaded(t, &fakeClient{})
		look := lookingLedger{func(string) { seen = append(seen, openSockets(t)-before) }}
		setup.Variant, setup.Ledger = variant, ledger.New(look, look)
		if _, err := ran(t, someIdle, setup); err != nil {
			t.Fatal(err)
		}
		seen = append(seen, openSockets(t)-before)
		// The listener; then with it both sides of 20 connections; then nothing.
		if want := "[1 41 0]"; fmt.Sprint(seen) != want {
			t.Errorf("variant %q: %v sockets at the snapshots and at the end, not %s", variant, seen, want)
		}
	}
}

func openSockets(t *testing.T) (n int) {
	fds, err := filepath.Glob("/proc/self/fd/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range fds {
		if what, err := os.Readlink(fd); err == nil && strings.HasPrefix(what, "socket:") {
			n++
		}
	}
	return n
}
