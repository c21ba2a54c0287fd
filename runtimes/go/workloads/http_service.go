package workloads

import (
	"errors"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"threadmark/bench_go/catalog"
	"threadmark/bench_go/machine"
	"threadmark/bench_go/outcome"
	"threadmark/bench_go/spin"
)

const (
	readSize   = 1024                 // of the buffer that a connection reads into
	waitTime   = 5 * time.Millisecond // of /wait
	workTimeNs = 50_000               // of /work

	// acceptPause is how long the server waits where it cannot accept: connections that end meanwhile free descriptors.
	acceptPause = 5 * time.Millisecond
)

// hello is the body of every answer that has one.
const hello = "Hello, world!"

// Answers, head and body.
const (
	answer200 = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\n" + hello
	answer400 = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"
	answer404 = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
	answer500 = "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"
)

// httpService is the server of echo_server and idle_connections: three routes, and a goroutine for each connection. In the
// variant http, net/http has the connections and only what a route does is the same.
//
// A connection counts as open from before its first byte is read until after its socket has been closed.
type httpService struct {
	listener  net.Listener
	accepting sync.WaitGroup
	open      openCount
	answered  atomic.Int64 // counted before the answer is sent, so whoever has received one finds it counted

	workSteps, workEnd uint64 // of /work, and where it must end
}

// startService listens and accepts. The queue of the listener is as long as net makes it: somaxconn, 4,096 in kernels of
// today, which is also the most that the system would grant.
func startService(variant string, stepsPerUs uint64) (*httpService, error) {
	if _, err := machine.MostDescriptors(); err != nil {
		return nil, outcome.Misconfiguredf("open files: %v", err)
	}
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, outcome.Misconfiguredf("no server: %v", err)
	}
	h := newService(listener, stepsPerUs)
	h.accept(variant)
	return h, nil
}

func newService(listener net.Listener, stepsPerUs uint64) *httpService {
	steps := spin.StepsFor(workTimeNs, stepsPerUs)
	h := &httpService{listener: listener, workSteps: steps, workEnd: spin.Repeated(steps).Apply(0)}
	h.open.none = sync.NewCond(&h.open.mutex)
	return h
}

// accept starts the goroutine that accepts.
func (h *httpService) accept(variant string) {
	accepts := h.acceptAll
	if variant == catalog.HTTP {
		accepts = h.acceptByNetHTTP
	}
	h.accepting.Add(1)
	go func() {
		accepts()
		h.accepting.Done()
	}()
}

func (h *httpService) port() int { return h.listener.Addr().(*net.TCPAddr).Port }

// stop closes the listener and waits until all connections have ended, which is for their peers to do.
func (h *httpService) stop() {
	h.listener.Close()
	h.accepting.Wait()
	h.open.waitForNone()
}

// acceptAll ends when the listener is closed. Whatever else keeps it from accepting passes.
func (h *httpService) acceptAll() {
	for {
		c, err := h.listener.Accept()
		switch {
		case err == nil:
			h.open.add(1)
			go h.serve(c)
		case errors.Is(err, net.ErrClosed):
			return
		default:
			time.Sleep(acceptPause)
		}
	}
}

// serve answers until the peer has ended the connection, or it breaks, which is no error.
func (h *httpService) serve(c net.Conn) {
	defer h.open.add(-1)
	defer c.Close()
	in := make([]byte, readSize)
	var parser requestParser
	var out []byte // the answers to one read; a request has 16 bytes or more, so they are no more than 6 KB
	for {
		n, err := c.Read(in)
		if err != nil {
			return
		}
		goOn := false
		if out, goOn = h.answerAll(&parser, in[:n], out[:0]); len(out) > 0 {
			if _, err := c.Write(out); err != nil {
				return
			}
		}
		if !goOn {
			return
		}
	}
}

// answerAll appends the answers to what has been read, and says whether more may follow.
func (h *httpService) answerAll(parser *requestParser, in, out []byte) (_ []byte, goOn bool) {
	for {
		used, what := parser.next(in)
		switch what {
		case unfinished:
			return out, true
		case noRequest:
			return append(out, answer400...), false
		}
		switch h.visit(parser.route) {
		case http.StatusOK:
			out = append(out, answer200...)
		case http.StatusNotFound:
			out = append(out, answer404...)
		default:
			out = append(out, answer500...)
		}
		in = in[used:]
	}
}

// visit does what the route is there for, and returns the answer's status.
func (h *httpService) visit(route int) (status int) {
	h.answered.Add(1)
	switch route {
	case 0:
	case 1:
		time.Sleep(waitTime)
	case 2:
		if spin.Steps(0, h.workSteps) != h.workEnd {
			return http.StatusInternalServerError
		}
	default:
		return http.StatusNotFound
	}
	return http.StatusOK
}
