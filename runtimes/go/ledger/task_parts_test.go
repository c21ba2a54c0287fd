package ledger

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// said is the line that was written, whose answer is "ok".
func said(t *testing.T, say func(*Ledger) error) string {
	t.Helper()
	l, lines, answers, _ := pipes(t)
	fmt.Fprint(answers, "ok\n")
	if err := say(l); err != nil {
		t.Fatal(err)
	}
	line, err := lines.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(line, "\n")
}

func TestStacksGrowWithTheGoroutines(t *testing.T) {
	account := func() int {
		line := said(t, (*Ledger).Stacks)
		bytes, err := strconv.Atoi(strings.TrimPrefix(line, "stacks "))
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		return bytes
	}
	// What other tests' goroutines have left is in the account until a collection has taken the stacks of the dead ones,
	// and the next one the spans.
	runtime.GC()
	runtime.GC()
	before, there := account(), runtime.NumGoroutine()
	const n = 10000
	started, end := make(chan bool), make(chan bool)
	for i := 0; i < n; i++ {
		go func() { started <- true; <-end }()
		<-started
	}
	grown := account() - before
	close(end)
	for runtime.NumGoroutine() > there {
		runtime.Gosched() // the next test, or this one again, begins without them
	}
	// Stacks that lay free in the runtime's caches and with its dead goroutines were in the account before: some hundred.
	if grown < n*2048*19/20 || grown > n*4096 {
		t.Errorf("%d goroutines: %d bytes of stack, not 2 to 4 KB each but for a twentieth", n, grown)
	}
}

func TestTheControlBlockIsReadFromTheProgramItself(t *testing.T) {
	program := filepath.Join(t.TempDir(), "bench_go") // go test strips the program that it runs
	if out, err := exec.Command("go", "build", "-o", program, "threadmark/bench_go").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	size, err := sizeOfG(program)
	if err != nil {
		t.Fatal(err)
	}
	// In every release so far it had a few hundred bytes, and it holds pointers.
	if size < 200 || size > 2000 || size%8 != 0 {
		t.Errorf("runtime.g has %d bytes", size)
	}
	if _, err := sizeOfG("/bin/sh"); err == nil {
		t.Error("a program without a runtime.g has one")
	}
}

func TestNobodyAskedForTheParts(t *testing.T) {
	var none *Ledger
	if none.Stacks() != nil || none.ControlBlock() != nil {
		t.Error("a ledger that is not there was told something")
	}
}
