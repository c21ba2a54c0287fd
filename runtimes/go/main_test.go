package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"threadmark/bench_go/catalog"
	"threadmark/bench_go/gbench"
	"threadmark/bench_go/machine"
	"threadmark/bench_go/outcome"
)

// The test program doubles as bench_go: what a process does to itself (pin, execute anew, exit, crash) can only be
// seen from outside.
const actAs = "BENCH_GO_TEST_ACTS_AS"

func TestMain(m *testing.M) {
	switch os.Getenv(actAs) {
	case "main":
		main()
	case "panic":
		machine.DieBySignal()
		panic("planted")
	}
	os.Exit(m.Run())
}

func contender(as string, args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), actAs+"="+as)
	return cmd
}

// ended runs a contender to its end.
func ended(t *testing.T, cmd *exec.Cmd) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}

func TestAWholeRunWritesJSON(t *testing.T) {
	file := filepath.Join(t.TempDir(), "out.json")
	code, stdout, stderr := ended(t, contender("main", "--benchmark_min_time=0.001", "--benchmark_out="+file,
		"--cell=ping_pong/capacity:1", "--cell=parked/n:20", "--cell=ping_pong/capacity:0"))
	if code != 0 || stderr != "" {
		t.Fatalf("exit %d, %s", code, stderr)
	}
	if !strings.Contains(stdout, "parked/n:20 ") {
		t.Errorf("no table:\n%s", stdout)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var report struct {
		Context    map[string]any
		Benchmarks []map[string]any
	}
	if err := json.Unmarshal(text, &report); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]any{"model": "go", "model_version": catalog.Version(), "variant": ""} {
		if report.Context[key] != want {
			t.Errorf("context %s is %v, not %v", key, report.Context[key], want)
		}
	}
	want := []struct {
		name, metric   string
		family, member float64
	}{{"ping_pong/capacity:1", "ns_per_round_trip", 0, 0}, {"parked/n:20", "create_ns_per_task", 1, 0},
		{"ping_pong/capacity:0", "ns_per_round_trip", 0, 1}}
	if len(report.Benchmarks) != len(want) {
		t.Fatalf("%d entries", len(report.Benchmarks))
	}
	for i, w := range want {
		b := report.Benchmarks[i]
		if b["name"] != w.name || b["family_index"] != w.family || b["per_family_instance_index"] != w.member ||
			b["label"] != "native" || b["effective_cores"] != 1.0 {
			t.Errorf("entry %d: %v", i, b)
		}
		for _, counter := range []string{w.metric, "effective_os_threads", "effective_stack_bytes", "real_time"} {
			if value, _ := b[counter].(float64); !(value > 0) {
				t.Errorf("%s: %s is %v", w.name, counter, b[counter])
			}
		}
	}
}

func TestJSONOnStandardOutputAndAggregatesOnly(t *testing.T) {
	code, stdout, _ := ended(t, contender("main", "--benchmark_min_time=0.001", "--cell=ping_pong/capacity:0",
		"--benchmark_repetitions=2", "--benchmark_report_aggregates_only", "--benchmark_format=json"))
	var report struct{ Benchmarks []struct{ Name string } }
	if err := json.Unmarshal([]byte(stdout), &report); err != nil || code != 0 {
		t.Fatalf("exit %d, %v:\n%s", code, err, stdout)
	}
	var names []string
	for _, b := range report.Benchmarks {
		_, aggregate, _ := strings.Cut(b.Name, "_pong/capacity:0_")
		names = append(names, aggregate)
	}
	if fmt.Sprint(names) != "[mean median stddev cv]" {
		t.Errorf("entries %v", names)
	}
}

func TestListAndCapabilities(t *testing.T) {
	code, stdout, _ := ended(t, contender("main", "--benchmark_list_tests", "--benchmark_filter=^skynet"))
	if code != 0 || stdout != "skynet/leaves:1000\nskynet/leaves:10000\nskynet/leaves:100000\nskynet/leaves:1000000\n" {
		t.Errorf("exit %d, list %q", code, stdout)
	}
	code, stdout, _ = ended(t, contender("main", "--capabilities"))
	var said struct {
		Model        string
		ModelVersion string `json:"model_version"`
		Variants     []string
		Capabilities map[string]struct{ Label, By string }
	}
	if err := json.Unmarshal([]byte(stdout), &said); err != nil || code != 0 {
		t.Fatal(code, err, stdout)
	}
	if said.Model != "go" || said.ModelVersion == "" || fmt.Sprint(said.Variants) != "[http]" || len(said.Capabilities) != len(catalog.Capabilities) {
		t.Errorf("%+v", said)
	}
	for name, c := range said.Capabilities {
		if c.Label != "native" || c.By == "" {
			t.Errorf("%s: %+v", name, c)
		}
	}
	if strings.Count(stdout, "\n") != 1 {
		t.Errorf("more than one line: %q", stdout)
	}
}

func TestExitCodes(t *testing.T) {
	code, _, stderr := ended(t, contender("main", "--bogus"))
	if code != 2 || strings.Count(stderr, "\n") != 1 {
		t.Errorf("unknown flag: exit %d, %q", code, stderr)
	}
	code, _, stderr = ended(t, contender("main", "--cores=100000", "--cell=ping_pong/capacity:0"))
	if code != 3 || !strings.HasPrefix(stderr, "threadmark: misconfigured: --cores=100000, but") ||
		strings.Count(stderr, "\n") != 1 {
		t.Errorf("too many cores: exit %d, %q", code, stderr)
	}
}

func TestAWrongAnswerIsAnOutcomeAndNotANumber(t *testing.T) {
	file := filepath.Join(t.TempDir(), "out.json")
	planted := &gbench.Benchmark{Name: "planted", Body: func(s *gbench.State) error {
		s.ClockOn()
		s.PerUnit("ns", s.ClockOff(), 1)
		return outcome.Wrong("planted: 7, not 8")
	}}
	o := &options{minTime: 1, repetitions: 1, out: file}
	var stdout strings.Builder
	code, line := verdict(measure(o, []*gbench.Benchmark{planted}, &stdout))
	if code != 3 || line != "threadmark: wrong_answer: planted: 7, not 8" {
		t.Errorf("exit %d, %q", code, line)
	}
	if text, _ := os.ReadFile(file); len(text) != 0 || strings.Contains(stdout.String(), "planted") {
		t.Errorf("reported all the same: %s %s", text, stdout.String())
	}
}

func TestAPanicDiesBySignalAndNotWithTheCodeOfABadFlag(t *testing.T) {
	cmd := contender("panic")
	code, _, stderr := ended(t, cmd)
	status := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if code != -1 || !status.Signaled() || status.Signal() != syscall.SIGABRT || status.CoreDump() ||
		!strings.HasPrefix(stderr, "panic: planted") {
		t.Errorf("exit %d, %v, %s", code, cmd.ProcessState, stderr)
	}
}

// The ledger stops the contender where it can be looked at from outside: every thread must have the mask, and the
// snapshots must come in their order, each waiting for its answer.
func TestPinnedThreadsAndTheLedgerSeenFromOutside(t *testing.T) {
	allowed, err := machine.Allowed()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		cell   string
		moment string
		cores  int
	}{{"parked/n:100", "parked 100", 1}, {"parked/n:100", "parked 100", allowed.Count()},
		{"spawned/n:100", "spawned 100", 1}} {
		cores := c.cores
		answersOut, answersIn, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		linesOut, linesIn, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "out.json")
		cmd := contender("main", "--cell="+c.cell, fmt.Sprintf("--cores=%d", cores), "--ledger_fds=3,4",
			"--benchmark_out="+file)
		cmd.ExtraFiles = []*os.File{answersOut, linesIn}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		answersOut.Close()
		linesIn.Close()
		lines := bufio.NewReader(linesOut)
		var told []string
		for {
			line, err := lines.ReadString('\n')
			if err != nil {
				break // it has ended
			}
			if moment := strings.TrimPrefix(line, "snapshot "); moment != line {
				told = append(told, strings.TrimSpace(moment))
				checkMasks(t, cmd.Process.Pid, allowed.First(cores))
			}
			fmt.Fprint(answersIn, "ok\n")
		}
		if got := strings.Join(told, ", "); got != "baseline 0, "+c.moment {
			t.Errorf("%s: snapshots %s", c.cell, got)
		}
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
		answersIn.Close()
		linesOut.Close()
		text, err := os.ReadFile(file)
		if err != nil || !strings.Contains(string(text), fmt.Sprintf("\"effective_cores\": %d,", cores)) {
			t.Errorf("%d cores: %v\n%s", cores, err, text)
		}
	}
}

// The client's pipe must outlive that the program executes itself anew, as it does when it is pinned.
func TestServersAndTheirClientSeenFromOutside(t *testing.T) {
	const echo, missing = "--cell=echo_server/connections:5/route:0/share_percent:50",
		"threadmark: misconfigured: there is no client: --client_fds=R,W is missing (threadmark run gives it)\n"
	for _, c := range []struct {
		args   []string
		answer string // empty: the client is gone from the start
		code   int
		says   string // on standard error
	}{
		{[]string{echo}, "metric requests_per_s 7\nmetric answered 1\nok\n", 0, ""},
		{[]string{echo, "--variant=http"}, "metric requests_per_s 7\nmetric answered 1\nok\n", 0, ""},
		{[]string{echo}, "metric requests_per_s 7\nmetric answered 2\nok\n", 3,
			"threadmark: wrong_answer: echo_server: the client counts 2 answers, the server 1\n"},
		{[]string{echo}, "limit: no ports are left\n", 3, "threadmark: limit: no ports are left\n"},
		{[]string{echo}, "", 3, "threadmark: misconfigured: the client has gone\n"},
		{[]string{"--cell=idle_connections/n:5"}, "", 3, "threadmark: misconfigured: the client has gone\n"},
	} {
		file := filepath.Join(t.TempDir(), "out.json")
		cmd, lines, answers := withClient(t, append(c.args, "--benchmark_out="+file)...)
		asked, first := "", "" // the line, and the first header of an answer of the server
		done := make(chan struct{})
		if c.answer == "" {
			answers.Close()
			lines.Close()
			close(done)
		} else {
			go func() {
				defer close(done)
				asked, _ = bufio.NewReader(lines).ReadString('\n')
				first = firstHeader(asked)
				fmt.Fprint(answers, c.answer)
			}()
		}
		code, _, stderr := ended(t, cmd)
		if code != c.code || stderr != c.says {
			t.Errorf("%v, answered %q: exit %d, %q", c.args, c.answer, code, stderr)
		}
		lines.Close() // so that whoever still reads it ends
		<-done
		if want := fmt.Sprintf("measure %d ", cmd.ProcessState.Pid()); !strings.HasPrefix(asked, want) && c.answer != "" {
			t.Errorf("asked %q, not %q…", asked, want)
		}
		http := len(c.args) == 2
		if own := strings.HasPrefix(first, "Content-Type"); c.answer != "" && own == http {
			t.Errorf("%v: the first header is %s", c.args, first)
		}
		text, err := os.ReadFile(file)
		if c.code == 0 && (err != nil || !strings.Contains(string(text), "\"requests_per_s\": 7,")) {
			t.Errorf("%v: %v\n%s", c.args, err, text)
		}
		if variant := strings.Contains(string(text), "\"variant\": \"http\""); c.code == 0 && variant != http {
			t.Errorf("%v: variant http: %v", c.args, variant)
		}
	}
	for _, cell := range []string{echo, "--cell=idle_connections/n:5"} {
		if code, _, stderr := ended(t, contender("main", cell)); code != 3 || stderr != missing {
			t.Errorf("%s without a client: exit %d, %q", cell, code, stderr)
		}
	}
}

// firstHeader asks the server in a line to the client. net/http's headers come in the order of the alphabet.
func firstHeader(line string) string {
	var pid, port int
	fmt.Sscanf(line, "measure %d %d ", &pid, &port)
	c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return err.Error()
	}
	defer c.Close()
	fmt.Fprint(c, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	in := bufio.NewReader(c)
	_, _ = in.ReadString('\n')
	header, _ := in.ReadString('\n')
	return header
}

// withClient is a contender with the pipe to a client, of which the test has the other ends.
func withClient(t *testing.T, args ...string) (cmd *exec.Cmd, lines, answers *os.File) {
	t.Helper()
	answersOut, answersIn, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	linesOut, linesIn, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd = contender("main", append(args, "--client_fds=3,4")...)
	cmd.ExtraFiles = []*os.File{answersOut, linesIn}
	t.Cleanup(func() {
		for _, f := range []*os.File{answersOut, answersIn, linesOut, linesIn} {
			f.Close()
		}
	})
	return cmd, linesOut, answersIn
}

// A shell sets the limits, because they are the process's own.
func TestDescriptorsAreRaisedAsFarAsIsAllowed(t *testing.T) {
	for _, c := range []struct{ limits, says string }{
		{"ulimit -n 100", "threadmark: limit: open files: this process may have 100 (ulimit -Hn), and 100 connections need 164\n"},
		{"ulimit -n 163", "threadmark: limit: open files: this process may have 163 (ulimit -Hn), and 100 connections need 164\n"},
		{"ulimit -n 164; ulimit -Sn 50", "threadmark: limit: the client is asked\n"},
	} {
		cmd, _, answers := withClient(t, "--cell=idle_connections/n:100")
		fmt.Fprint(answers, "limit: the client is asked\n")
		shell := exec.Command("sh", append([]string{"-c", c.limits + "; exec \"$0\" \"$@\""}, cmd.Args...)...)
		shell.Env, shell.ExtraFiles = cmd.Env, cmd.ExtraFiles
		if code, _, stderr := ended(t, shell); code != 3 || stderr != c.says {
			t.Errorf("%s: exit %d, %q", c.limits, code, stderr)
		}
	}
}

func checkMasks(t *testing.T, pid int, want machine.CPUSet) {
	t.Helper()
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	if err != nil || len(threads) == 0 {
		t.Fatalf("no threads of %d: %v", pid, err)
	}
	for _, path := range threads {
		text, err := os.ReadFile(path)
		if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
			continue // it has ended meanwhile
		}
		if err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(string(text), "Cpus_allowed_list:")
		line, _, _ := strings.Cut(rest, "\n")
		if got := expand(t, strings.TrimSpace(line)); got != want.String() {
			t.Errorf("%s: CPUs %s, want %s", path, got, want)
		}
	}
}

// expand turns the kernel's "0-2,5" into "0,1,2,5".
func expand(t *testing.T, list string) string {
	t.Helper()
	var cpus []string
	for _, part := range strings.Split(list, ",") {
		var first, last int
		if n, _ := fmt.Sscanf(part, "%d-%d", &first, &last); n == 1 {
			last = first
		} else if n != 2 {
			t.Fatalf("mask %q", list)
		}
		for cpu := first; cpu <= last; cpu++ {
			cpus = append(cpus, fmt.Sprint(cpu))
		}
	}
	return strings.Join(cpus, ",")
}
