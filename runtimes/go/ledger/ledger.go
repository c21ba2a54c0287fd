// Package ledger speaks the memory ledger's protocol: at a moment worth looking at the contender writes one line and
// stands still until the answer comes, while whoever holds the other end reads its memory from outside.
package ledger

import (
	"bufio"
	"fmt"
	"io"
	"os"

	"threadmark/bench_go/machine"
	"threadmark/bench_go/outcome"
)

// Ledger is one end of the pipe. A nil Ledger takes no snapshots and never waits.
type Ledger struct {
	answers *bufio.Reader
	lines   io.Writer
	raw     *Ledger // the same pipe by raw system calls, where there is one
}

// New makes a ledger of what answers are read from and lines are written to.
func New(answers io.Reader, lines io.Writer) *Ledger {
	return &Ledger{answers: bufio.NewReader(answers), lines: lines}
}

// Open takes "R,W", the numbers of two file descriptors that this process was started with.
func Open(fds string) (*Ledger, error) {
	r, w, err := machine.Inherited(fds)
	if err != nil {
		return nil, err
	}
	answers, lines := os.NewFile(r, "ledger"), os.NewFile(w, "ledger")
	l := New(answers, lines)
	l.raw = New(rawFile(answers.Fd()), rawFile(lines.Fd()))
	return l, nil
}

// Raw is the same ledger without a word to Go's scheduler: whoever waits for its answer keeps his P, so no other
// goroutine runs on it.
func (l *Ledger) Raw() *Ledger {
	if l == nil || l.raw == nil {
		return l
	}
	return l.raw
}

// Snapshot says that the moment has come, with so many tasks alive, and waits until it has been recorded.
func (l *Ledger) Snapshot(moment string, tasks uint64) error {
	if l == nil {
		return nil
	}
	return l.ask(fmt.Sprintf("snapshot %s %d", moment, tasks))
}

// ask writes a line and waits for its answer.
func (l *Ledger) ask(line string) error {
	if _, err := fmt.Fprintln(l.lines, line); err != nil {
		return outcome.Misconfiguredf("memory ledger: cannot write %q: %v", line, err)
	}
	answer, err := l.answers.ReadString('\n')
	if err != nil {
		return outcome.Misconfiguredf("memory ledger: no answer to %q: %v", line, err)
	}
	if answer != "ok\n" {
		return outcome.Misconfiguredf("memory ledger: answered %q with %q, not \"ok\"", line, answer)
	}
	return nil
}
