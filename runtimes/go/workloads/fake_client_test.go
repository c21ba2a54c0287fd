package workloads

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"threadmark/bench_go/catalog"
	"threadmark/bench_go/client"
)

// fakeClient is a client of the server workloads in this process: it opens the connections that it is asked for, but what
// it says that it has measured is made up.
type fakeClient struct {
	instead string        // what it answers to everything, where that is not empty
	claims  func(int) int // what it makes of its count of answers; nil: the truth
	loses   int           // how many of the connections to hold it does not open
	keeps   int           // the release, counted from 1, after which the connections stay all the same, until end

	releases int

	held    []net.Conn
	asked   []string      // the lines; to be read after end
	ended   chan struct{} // closed when nobody can ask any more
	lines   io.Closer     // the contender's end of what it writes
	answers io.Closer     // and of what it reads
}

// start returns the contender's side, and lets the client live until the test has ended.
func (f *fakeClient) start(t *testing.T) *client.Client {
	lines, asks := io.Pipe()
	answers, says := io.Pipe()
	f.ended, f.lines, f.answers = make(chan struct{}), asks, answers
	go func() {
		defer close(f.ended)
		defer f.closeAll()
		defer says.Close()
		for in := bufio.NewScanner(lines); in.Scan(); {
			f.asked = append(f.asked, in.Text())
			answer := f.instead
			if answer == "" {
				answer = f.answer(strings.Fields(in.Text()))
			}
			fmt.Fprintln(says, answer)
		}
	}()
	t.Cleanup(f.end)
	return client.New(answers, asks)
}

func (f *fakeClient) end() {
	f.lines.Close()
	f.answers.Close()
	<-f.ended
}

func (f *fakeClient) answer(words []string) string {
	var err error
	switch words[0] {
	case "hold":
		var n int
		fmt.Sscan(words[2], &n)
		err = f.hold(words[1], n-f.loses)
	case "release":
		f.release()
	case "measure":
		return f.measure(words[2], words[3], words[4])
	}
	if err != nil {
		return "misconfigured: " + err.Error()
	}
	return "ok"
}

func (f *fakeClient) hold(port string, n int) error {
	for i := 0; i < n; i++ {
		c, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err != nil {
			return err
		}
		f.held = append(f.held, c)
		if err := get(c, "/"); err != nil {
			return err
		}
	}
	return nil
}

func (f *fakeClient) release() {
	if f.releases++; f.releases != f.keeps {
		f.closeAll()
	}
}

func (f *fakeClient) closeAll() {
	for _, c := range f.held {
		c.Close()
	}
	f.held = nil
}

// measure asks three times over each connection.
func (f *fakeClient) measure(port, connections, path string) string {
	var n int
	fmt.Sscan(connections, &n)
	defer f.release()
	err := f.hold(port, n)
	answered := n
	for i := 0; i < 2*n && err == nil; i++ {
		err = get(f.held[i%n], path)
		answered++
	}
	if err != nil {
		return "misconfigured: " + err.Error()
	}
	if f.claims != nil {
		answered = f.claims(answered)
	}
	text := fmt.Sprintf("metric answered %d\n", answered)
	for _, w := range catalog.Workloads {
		for _, m := range w.Metrics {
			if w.Name == "echo_server" {
				text += "metric " + m.Name + " 5000.5\n"
			}
		}
	}
	return text + "ok"
}

// get asks once, and wants the answer that the catalogue's server gives.
func get(c net.Conn, path string) error {
	if _, err := fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", path); err != nil {
		return err
	}
	return expectAnswer(c)
}

func expectAnswer(c net.Conn) error {
	text := make([]byte, len(answer200))
	if _, err := io.ReadFull(c, text); err != nil {
		return err
	}
	// net/http has the same two headers in the other order.
	other := "HTTP/1.1 200 OK\r\nContent-Length: 13\r\nContent-Type: text/plain\r\n\r\nHello, world!"
	if string(text) != answer200 && string(text) != other {
		return fmt.Errorf("the answer is %q", text)
	}
	return nil
}
