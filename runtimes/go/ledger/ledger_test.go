package ledger

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"threadmark/bench_go/outcome"
)

// pipes returns a ledger as a contender opens it, by numbers, and the other side's ends.
func pipes(t *testing.T) (l *Ledger, lines *bufio.Reader, answers, seen *os.File) {
	t.Helper()
	answersOut, answersIn, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	linesOut, linesIn, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	l, err = Open(fmt.Sprintf("%d,%d", handOver(t, answersOut), handOver(t, linesIn)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		answersIn.Close()
		linesOut.Close()
	})
	return l, bufio.NewReader(linesOut), answersIn, linesOut
}

// handOver makes a number that the ledger alone owns, as an inherited one is.
func handOver(t *testing.T, f *os.File) int {
	t.Helper()
	fd, err := syscall.Dup(int(f.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	return fd
}

func TestASnapshotWritesALineAndWaitsForOk(t *testing.T) {
	l, lines, answers, _ := pipes(t)
	returned := make(chan error, 1)
	for _, moment := range []struct {
		name  string
		tasks uint64
		line  string
	}{{"baseline", 0, "snapshot baseline 0\n"}, {"parked", 100000, "snapshot parked 100000\n"}} {
		go func() { returned <- l.Snapshot(moment.name, moment.tasks) }()
		line, err := lines.ReadString('\n')
		if err != nil || line != moment.line {
			t.Fatalf("read %q, %v; want %q", line, err, moment.line)
		}
		select {
		case err := <-returned:
			t.Fatalf("%s did not wait: %v", moment.name, err)
		default:
		}
		fmt.Fprint(answers, "ok\n")
		if err := <-returned; err != nil {
			t.Fatal(err)
		}
	}
}

func TestAnswersThatAreNotOk(t *testing.T) {
	for _, answer := range []string{"no\n", "ok", "ok \n", ""} {
		l, _, answers, _ := pipes(t)
		fmt.Fprint(answers, answer)
		answers.Close()
		err := l.Snapshot("baseline", 0)
		var o *outcome.Error
		if !errors.As(err, &o) || o.Kind != outcome.Misconfigured {
			t.Errorf("answer %q: %v", answer, err)
		}
	}
}

func TestNobodyReads(t *testing.T) {
	l, _, _, seen := pipes(t)
	seen.Close()
	var o *outcome.Error
	if err := l.Snapshot("baseline", 0); !errors.As(err, &o) || o.Kind != outcome.Misconfigured {
		t.Errorf("a pipe without a reader: %v", err)
	}
}

func TestNoLedgerNeverWaits(t *testing.T) {
	var none *Ledger
	if err := none.Snapshot("baseline", 0); err != nil {
		t.Error(err)
	}
}

func TestBadDescriptors(t *testing.T) {
	for text, says := range map[string]string{"": "R,W", "3": "R,W", "a,1": `"a"`, "0,": `""`, "-1,1": `"-1"`,
		"0,999999": "not open", "0,1,2": `"1,2"`} {
		if _, err := Open(text); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v does not say %s", text, err, says)
		}
	}
}
