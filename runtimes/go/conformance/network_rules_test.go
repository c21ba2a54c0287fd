// Connections: what is sent arrives, and who waits for one holds up nobody else. The other side uses the system's own
// blocking calls, as in C++.
package conformance

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

func TestNetworkRules(t *testing.T) {
	suite(t, "network_rules", []namedRule{
		{"what_is_sent_arrives_whole_and_in_order", whatIsSentArrivesWholeAndInOrder},
		{"a_read_returns_nothing_once_the_peer_has_ended", aReadReturnsNothingOnceThePeerHasEnded},
		{"a_blocked_read_holds_up_no_other_task", aBlockedReadHoldsUpNoOtherTask},
		{"closing_a_listener_wakes_its_accept", closingAListenerWakesItsAccept},
		{"many_connections_are_served_at_once", manyConnectionsAreServedAtOnce},
		{"a_slow_reader_holds_up_only_its_own_writer", aSlowReaderHoldsUpOnlyItsOwnWriter},
		{"a_peer_that_breaks_off_ends_only_its_own_connection", aPeerThatBreaksOffEndsOnlyItsOwnConnection},
	})
}

// peer is the other side of one connection. Its calls block a thread.
type peer struct {
	r  *rule
	fd int
}

// again repeats a call that a signal has broken off, as Go sends them to preempt.
func again(call func() (int, error)) (int, error) {
	for {
		if n, err := call(); err != syscall.EINTR {
			return n, err
		}
	}
}

func connect(r *rule, port int) *peer {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err == nil {
		err = syscall.Connect(fd, &syscall.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}})
	}
	if err != nil {
		panic(os.NewSyscallError("connect", err))
	}
	return &peer{r, fd}
}

func (p *peer) send(all string) {
	for left := []byte(all); len(left) > 0; {
		n, err := again(func() (int, error) { return syscall.Write(p.fd, left) })
		if err != nil {
			p.r.Errorf("send: %v", err)
			return
		}
		left = left[n:]
	}
}

// receive returns so many bytes, or fewer where the other side ends before.
func (p *peer) receive(bytes int) string {
	all, have := make([]byte, bytes), 0
	for have < bytes {
		n, err := again(func() (int, error) { return syscall.Read(p.fd, all[have:]) })
		if n <= 0 || err != nil {
			break
		}
		have += n
	}
	return string(all[:have])
}

// end says that nothing more is sent; the rest can still be received.
func (p *peer) end() { _ = syscall.Shutdown(p.fd, syscall.SHUT_WR) }

func (p *peer) close() { _ = syscall.Close(p.fd) }

// breakOff ends the connection by a reset.
func (p *peer) breakOff() {
	_ = syscall.SetsockoptLinger(p.fd, syscall.SOL_SOCKET, syscall.SO_LINGER, &syscall.Linger{Onoff: 1, Linger: 0})
	p.close()
}

func listen(r *rule) (incoming net.Listener, port int) {
	incoming, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	return incoming, incoming.Addr().(*net.TCPAddr).Port
}

// serve runs clients(port) beside a task for each connection that comes: each(connection) is called until it returns
// false. It ends when the clients have ended, and every connection has.
func serve(r *rule, each func(net.Conn) bool, clients func(port int)) {
	r.run(func() {
		incoming, port := listen(r)
		var accepts sync.WaitGroup
		accepts.Add(1)
		r.goTask(func() {
			for {
				c, err := incoming.Accept()
				if err != nil {
					break
				}
				r.goTask(func() {
					for each(c) {
					}
					c.Close()
				})
			}
			accepts.Done()
		})
		clients(port)
		incoming.Close()
		accepts.Wait()
	})
}

// readSome returns how many bytes there were; 0: the other side has ended the connection, or it is broken.
func readSome(c net.Conn, into []byte) int {
	n, err := c.Read(into)
	if err != nil {
		return 0
	}
	return n
}

func writeAll(c net.Conn, text []byte) bool {
	_, err := c.Write(text)
	return err == nil
}

// echo sends back what it reads.
func echo(c net.Conn) bool {
	var buffer [1024]byte
	n := readSome(c, buffer[:])
	return n != 0 && writeAll(c, buffer[:n])
}

// numbered is text in which no part is like another.
func numbered(bytes int) string {
	var text strings.Builder
	for i := 0; text.Len() < bytes; i++ {
		text.WriteString(strconv.Itoa(i))
		text.WriteByte(' ')
	}
	return text.String()[:bytes]
}

func whatIsSentArrivesWholeAndInOrder(r *rule) {
	serve(r, echo, func(port int) {
		p := connect(r, port)
		defer p.close()
		text := numbered(3_000_000)
		r.goTask(func() {
			p.send(text)
			p.end()
		})
		expect(r, "the same comes back", p.receive(len(text)+1) == text, true)
	})
}

func aReadReturnsNothingOnceThePeerHasEnded(r *rule) {
	var some, nothing atomic.Int32
	serve(r, func(c net.Conn) bool {
		var buffer [16]byte
		if readSome(c, buffer[:]) != 0 {
			some.Add(1)
			return true
		}
		nothing.Add(1)
		if readSome(c, buffer[:]) == 0 {
			writeAll(c, []byte("over"))
		}
		return false
	}, func(port int) {
		p := connect(r, port)
		defer p.close()
		p.send("x")
		p.end()
		expect(r, "over the half that the peer has not ended", p.receive(100), "over")
	})
	expect(r, "reads of something", some.Load(), 1)
	expect(r, "reads of nothing", nothing.Load(), 1)
}

func aBlockedReadHoldsUpNoOtherTask(r *rule) {
	serve(r, echo, func(port int) {
		var silent []*peer
		for i := 0; i < 20; i++ {
			p := connect(r, port)
			defer p.close()
			silent = append(silent, p)
		}
		for i := 0; i < 5; i++ {
			p := connect(r, port)
			p.send("hello")
			expect(r, "beside those that are silent", p.receive(5), "hello")
			p.close()
		}
		for _, p := range silent {
			p.send("me too")
			expect(r, "after silence", p.receive(6), "me too")
		}
	})
}

func closingAListenerWakesItsAccept(r *rule) {
	r.run(func() {
		incoming, _ := listen(r)
		var accepting, woken atomic.Bool
		why := make(chan error, 1)
		r.goTask(func() {
			accepting.Store(true)
			_, err := incoming.Accept()
			woken.Store(true)
			why <- err
		})
		waitUntil(accepting.Load)
		letOthersRun()
		expect(r, "woken before the close", woken.Load(), false)
		incoming.Close()
		if err := <-why; !errors.Is(err, net.ErrClosed) {
			r.Errorf("accept ended with %v", err)
		}
		if _, err := incoming.Accept(); !errors.Is(err, net.ErrClosed) {
			r.Errorf("a later one ended with %v", err)
		}
	})
}

func manyConnectionsAreServedAtOnce(r *rule) {
	serve(r, echo, func(port int) {
		var peers []*peer
		for i := 0; i < 200; i++ {
			p := connect(r, port)
			defer p.close()
			peers = append(peers, p)
		}
		for round := 0; round < 20; round++ {
			for i, p := range peers {
				p.send(fmt.Sprint(1000 + i))
			}
			for i := len(peers) - 1; i >= 0; i-- {
				expect(r, "answer", peers[i].receive(4), fmt.Sprint(1000+i))
			}
		}
	})
}

func aSlowReaderHoldsUpOnlyItsOwnWriter(r *rule) {
	serve(r, echo, func(port int) {
		text := numbered(8_000_000) // more than the system keeps for who does not read
		slow := connect(r, port)
		defer slow.close()
		r.goTask(func() {
			slow.send(text)
			slow.end()
		})
		for i := 0; i < 50; i++ {
			quick := connect(r, port)
			quick.send("hello")
			expect(r, "beside the slow one", quick.receive(5), "hello")
			quick.close()
			time.Sleep(time.Millisecond)
		}
		expect(r, "the same comes back", slow.receive(len(text)+1) == text, true)
	})
}

func aPeerThatBreaksOffEndsOnlyItsOwnConnection(r *rule) {
	serve(r, echo, func(port int) {
		stays := connect(r, port)
		defer stays.close()
		for i := 0; i < 30; i++ {
			p := connect(r, port)
			if i%3 != 0 {
				p.send(numbered(100_000))
			}
			if i%3 == 2 {
				p.receive(10)
			}
			p.breakOff()
			stays.send("hello")
			expect(r, "of the one that stays", stays.receive(5), "hello")
		}
	})
}
