package workloads

import (
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"threadmark/bench_go/catalog"
	"threadmark/bench_go/spin"
)

var variants = append([]string{""}, catalog.Variants...)

// patience is a guard against hanging.
const patience = 20 * time.Second

// served returns a server, which is stopped when the test ends: by then its connections must have been closed.
func served(t *testing.T, variant string) *httpService {
	t.Helper()
	h, err := startService(variant, 500)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.stop)
	return h
}

// dial returns a connection to it, which ends with the test.
func dial(t *testing.T, h *httpService) *net.TCPConn {
	t.Helper()
	c, err := net.Dial("tcp", h.listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return c.(*net.TCPConn)
}

func send(t *testing.T, c net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
}

// rest is everything that still comes, until the server has ended the connection.
func rest(c net.Conn) string {
	text, _ := io.ReadAll(c) // it may end by a reset, where the server has left something unread
	return string(text)
}

func expectRest(t *testing.T, what string, c net.Conn, want string) {
	t.Helper()
	if got := rest(c); got != want {
		t.Errorf("%s: %q, not %q", what, got, want)
	}
}

func TestAConnectionIsKeptForManyRequests(t *testing.T) {
	for _, variant := range variants {
		h := served(t, variant)
		c := dial(t, h)
		for i, path := range []string{"/", "/wait", "/work", "/", "/work"} {
			if err := get(c, path); err != nil {
				t.Fatalf("variant %q, request %d, %s: %v", variant, i, path, err)
			}
		}
		if answered := h.answered.Load(); answered != 5 {
			t.Errorf("variant %q: %d answered", variant, answered)
		}
	}
}

func TestTheAnswersToTheLetter(t *testing.T) {
	const fine = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\nHello, world!"
	const none = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
	const bad = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"
	for request, want := range map[string]string{
		"GET / HTTP/1.1\r\n\r\n":                fine,
		"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n": fine,
		"GET /work HTTP/1.1\r\n\r\n":            fine,
		"GET /other HTTP/1.1\r\n\r\n":           none,
		"PUT / HTTP/1.1\r\n\r\n":                none,
	} {
		h := served(t, "")
		c := dial(t, h)
		send(t, c, request)
		c.CloseWrite()
		expectRest(t, request, c, want)
	}
	c := dial(t, served(t, ""))
	send(t, c, "hello\r\nGET / HTTP/1.1\r\n\r\n") // which comes too late
	expectRest(t, "no request", c, bad)
	c = dial(t, served(t, ""))
	send(t, c, "GET / HTTP/1.1\r\nLong: "+strings.Repeat("x", 100_000))
	expectRest(t, "a header without an end", c, bad)
}

func TestOtherRequestsToNetHTTP(t *testing.T) {
	for request, status := range map[string]string{
		"GET /other HTTP/1.1\r\nHost: a\r\n\r\n":                      "404 Not Found",
		"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n":      "404 Not Found",
		"POST /work HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n": "404 Not Found",
		"hello\r\n\r\n": "400 Bad Request",
	} {
		c := dial(t, served(t, catalog.HTTP))
		send(t, c, request)
		c.CloseWrite()
		if got := rest(c); !strings.HasPrefix(got, "HTTP/1.1 "+status+"\r\n") || strings.Contains(got, "Date:") {
			t.Errorf("%q: %q", request, got)
		}
	}
}

func TestARequestInPieces(t *testing.T) {
	for _, variant := range variants {
		c := dial(t, served(t, variant))
		for _, b := range []byte("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n") {
			send(t, c, string(b))
		}
		if err := expectAnswer(c); err != nil {
			t.Errorf("variant %q: %v", variant, err)
		}
	}
}

// More than fits into one read, so that requests are cut where a read ends.
func TestManyRequestsAtOnceAreAllAnswered(t *testing.T) {
	const requests = 1000
	for _, variant := range variants {
		h := served(t, variant)
		c := dial(t, h)
		sent := make(chan error, 1)
		go func() {
			_, err := io.WriteString(c, strings.Repeat("GET / HTTP/1.1\r\nHost: a\r\n\r\n", requests))
			sent <- err
		}()
		for i := 0; i < requests; i++ {
			if err := expectAnswer(c); err != nil {
				t.Fatalf("variant %q, answer %d: %v", variant, i, err)
			}
		}
		if err := <-sent; err != nil || h.answered.Load() != requests {
			t.Errorf("variant %q: %v, %d answered", variant, err, h.answered.Load())
		}
	}
}

// script is a connection whose peer sends these pieces and then ends it. It keeps what is written, write by write.
type script struct {
	net.Conn
	pieces []string
	writes []string
	closed bool
}

func (s *script) Read(into []byte) (int, error) {
	if len(s.pieces) == 0 {
		return 0, io.EOF
	}
	if len(into) != 1024 {
		return 0, fmt.Errorf("a buffer of %d bytes", len(into))
	}
	n := copy(into, s.pieces[0])
	if s.pieces[0] = s.pieces[0][n:]; s.pieces[0] == "" {
		s.pieces = s.pieces[1:]
	}
	return n, nil
}

func (s *script) Write(text []byte) (int, error) {
	s.writes = append(s.writes, string(text))
	return len(text), nil
}

func (s *script) Close() error {
	s.closed = true
	return nil
}

func TestTheAnswersToOneReadAreOneWrite(t *testing.T) {
	const get, other = "GET / HTTP/1.1\r\n\r\n", "GET /x HTTP/1.1\r\n\r\n"
	for _, c := range []struct{ pieces, writes []string }{
		{[]string{get, get + other + get[:7], get[7:]}, []string{answer200, answer200 + answer404, answer200}},
		{[]string{get[:3], get[3:10], get[10:] + other}, []string{answer200 + answer404}},
		{[]string{get + "what?\r\n\r\n" + get, get}, []string{answer200 + answer400}},
		{[]string{strings.Repeat(get, 56) + get}, []string{strings.Repeat(answer200, 56), answer200}},
		{nil, nil},
	} {
		h := newService(nil, 500)
		h.open.add(1)
		s := &script{pieces: c.pieces}
		h.serve(s)
		if fmt.Sprintf("%q", s.writes) != fmt.Sprintf("%q", c.writes) {
			t.Errorf("%q: written %q, not %q", c.pieces, s.writes, c.writes)
		}
		if !s.closed || h.open.count() != 0 {
			t.Errorf("%q: closed: %v, %d open", c.pieces, s.closed, h.open.count())
		}
	}
}

func TestWaitLastsAtLeastFiveMilliseconds(t *testing.T) {
	for _, variant := range variants {
		c := dial(t, served(t, variant))
		start := time.Now()
		if err := get(c, "/wait"); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took < 5*time.Millisecond {
			t.Errorf("variant %q: answered after %v", variant, took)
		}
	}
}

func TestWorkIsFiftyMicrosecondsOfTheLoopAndMustEndWhereItDoes(t *testing.T) {
	for _, variant := range variants {
		h := served(t, variant)
		if h.workSteps != 25_000 || h.workEnd != spin.Steps(0, 25_000) {
			t.Errorf("%d steps lead to %d", h.workSteps, h.workEnd)
		}
	}
	for _, variant := range variants {
		listener, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		h := newService(listener, 500)
		h.workEnd++
		h.accept(variant)
		t.Cleanup(h.stop)
		c := dial(t, h)
		send(t, c, "GET /work HTTP/1.1\r\nHost: a\r\n\r\n")
		c.CloseWrite()
		if got := rest(c); !strings.HasPrefix(got, "HTTP/1.1 500 Internal Server Error\r\n") ||
			!strings.Contains(got, "\r\nContent-Length: 0\r\n") {
			t.Errorf("variant %q, a wrong result: %q", variant, got)
		}
	}
}

func TestAPeerThatBreaksOffEndsOnlyItsOwnConnection(t *testing.T) {
	for _, variant := range variants {
		h := served(t, variant)
		stays := dial(t, h)
		for i := 0; i < 30; i++ {
			c := dial(t, h)
			switch i % 3 {
			case 0:
				send(t, c, "GET / HT") // breaks off in a request
			case 1:
				send(t, c, strings.Repeat("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 20)) // and in the answers
			case 2:
				if err := get(c, "/"); err != nil { // and between two
					t.Fatal(err)
				}
			}
			if err := c.SetLinger(0); err != nil {
				t.Fatal(err)
			}
			c.Close()
			if err := get(stays, "/"); err != nil {
				t.Fatalf("variant %q: %v", variant, err)
			}
		}
		for guard := time.Now().Add(patience); h.open.count() != 1; time.Sleep(time.Millisecond) {
			if time.Now().After(guard) {
				t.Fatalf("variant %q: %d connections are open", variant, h.open.count())
			}
		}
	}
}

func TestAConnectionIsOpenFromItsFirstAnswerUntilItHasEnded(t *testing.T) {
	for _, variant := range variants {
		h := served(t, variant)
		var all []net.Conn
		for i := 1; i <= 20; i++ {
			c := dial(t, h)
			if err := get(c, "/"); err != nil {
				t.Fatal(err)
			}
			if open := h.open.count(); open != int64(i) {
				t.Errorf("variant %q: %d are open, not %d", variant, open, i)
			}
			all = append(all, c)
		}
		ended := make(chan struct{})
		go func() {
			h.stop()
			close(ended)
		}()
		for _, c := range all {
			select {
			case <-ended:
				t.Fatalf("variant %q: the server has stopped before its connections had ended", variant)
			case <-time.After(time.Millisecond):
			}
			if err := get(c, "/"); err != nil { // the listener is closed, and those that are there go on
				t.Errorf("variant %q: %v", variant, err)
			}
			c.Close()
		}
		<-ended
		if _, err := net.Dial("tcp", h.listener.Addr().String()); err == nil {
			t.Errorf("variant %q: it still listens", variant)
		}
	}
}

// trouble is a listener that cannot accept, several times, and then can.
type trouble struct {
	net.Listener
	errs []error
}

func (l *trouble) Accept() (net.Conn, error) {
	if len(l.errs) == 0 {
		return l.Listener.Accept()
	}
	err := l.errs[0]
	l.errs = l.errs[1:]
	return nil, &net.OpError{Op: "accept", Net: "tcp", Err: os.NewSyscallError("accept4", err)}
}

func TestTheServerOutlivesWhatKeepsItFromAccepting(t *testing.T) {
	for _, variant := range variants {
		listener, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		errs := []error{syscall.EMFILE, syscall.ENFILE, syscall.EMFILE}
		if variant == "" {
			errs = append(errs, syscall.ECONNABORTED, syscall.ENOBUFS) // net/http knows these as the end
		}
		h := newService(&trouble{listener, errs}, 500)
		h.accept(variant)
		t.Cleanup(h.stop)
		if err := get(dial(t, h), "/"); err != nil {
			t.Errorf("variant %q: %v", variant, err)
		}
	}
}
