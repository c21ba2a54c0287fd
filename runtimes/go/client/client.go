// Package client speaks with the client of the server workloads, another process that loads this one's server: a line
// asks for something, and the answer comes when it has been done, which takes seconds. The server goes on meanwhile.
package client

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"syscall"

	"threadmark/bench_go/machine"
	"threadmark/bench_go/outcome"
)

// Client is one end of the pipe. It is for one goroutine at a time. To ask a nil Client is misconfigured.
type Client struct {
	answers *bufio.Reader
	lines   io.Writer
}

// Metrics are what the client has measured, by name.
type Metrics map[string]float64

// New makes a client of what answers are read from and lines are written to.
func New(answers io.Reader, lines io.Writer) *Client {
	return &Client{bufio.NewReader(answers), lines}
}

// Open takes "R,W", the numbers of two file descriptors that this process was started with.
//
// R must not block, because then a read of it parks the goroutine in Go's own poller, beside the server's connections:
// it takes neither a P nor a thread, and costs nothing until there is an answer. A blocking read would take a thread, and
// the P as well until the runtime misses it; a look every 20 ms would be one more timer beside the server's own.
// W may block: a line is short.
func Open(fds string) (*Client, error) {
	r, w, err := machine.Inherited(fds)
	if err != nil {
		return nil, err
	}
	if err := syscall.SetNonblock(int(r), true); err != nil {
		return nil, fmt.Errorf("file descriptor %d: %w", r, err)
	}
	return New(os.NewFile(r, "client"), os.NewFile(w, "client")), nil
}

// Measure asks for a whole measurement of the server at this port, whose process is pid and may have that share of
// each of its CPUs: over so many connections, each asking for path.
func (c *Client) Measure(pid, port int, connections uint64, path string, sharePercent uint64) (Metrics, error) {
	return c.ask(fmt.Sprintf("measure %d %d %d %s %d", pid, port, connections, path, sharePercent))
}

// Hold asks for so many connections, each of which asks for / once and stays.
func (c *Client) Hold(port int, connections uint64) error {
	_, err := c.ask(fmt.Sprintf("hold %d %d", port, connections))
	return err
}

// Release asks for the end of those that are held.
func (c *Client) Release() error {
	_, err := c.ask("release")
	return err
}

// There says whether there is a client at all.
func (c *Client) There() error {
	if c == nil {
		return outcome.Misconfiguredf("there is no client: --client_fds=R,W is missing (threadmark run gives it)")
	}
	return nil
}

// ask writes a line and reads until the answer has ended.
func (c *Client) ask(line string) (Metrics, error) {
	if err := c.There(); err != nil {
		return nil, err
	}
	if _, err := fmt.Fprintln(c.lines, line); err != nil {
		return nil, gone(err)
	}
	measured := Metrics{}
	for {
		answer, err := c.answers.ReadString('\n')
		if err != nil {
			return nil, gone(err)
		}
		answer = strings.TrimSuffix(answer, "\n")
		kind, rest, _ := strings.Cut(answer, " ")
		switch {
		case answer == "ok":
			return measured, nil
		case kind == "metric" && measured.take(rest):
		case kind == "limit:" && rest != "":
			return nil, outcome.Limitf("%s", rest)
		case kind == "misconfigured:" && rest != "":
			return nil, outcome.Misconfiguredf("%s", rest)
		default:
			return nil, outcome.Misconfiguredf("the client answered %q with %q", line, answer)
		}
	}
}

// take reads "NAME VALUE". It refuses what is none, and what has been said before.
func (m Metrics) take(text string) bool {
	name, number, _ := strings.Cut(text, " ")
	value, err := strconv.ParseFloat(number, 64)
	if _, twice := m[name]; twice || name == "" || err != nil || math.IsNaN(value) || math.IsInf(value, 0) {
		return false
	}
	m[name] = value
	return true
}

func gone(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, syscall.EPIPE) {
		return outcome.Misconfiguredf("the client has gone")
	}
	return outcome.Misconfiguredf("the client's pipe: %v", err)
}
