// Closing a channel: what is left may be received, everybody who waits is woken, misuse is a panic.
package conformance

import (
	"sync"
	"sync/atomic"
	"testing"
)

func TestCloseRules(t *testing.T) {
	suite(t, "close_rules", []namedRule{
		{"a_closed_channel_is_drained_and_then_empty", aClosedChannelIsDrainedAndThenEmpty},
		{"close_wakes_all_who_receive", closeWakesAllWhoReceive},
		{"send_on_a_closed_channel_throws", sendOnAClosedChannelThrows},
		{"senders_that_wait_are_told", sendersThatWaitAreTold},
		{"closing_twice_throws", closingTwiceThrows},
		{"a_value_that_was_received_was_sent_even_if_the_channel_is_closed_at_once",
			aValueThatWasReceivedWasSentEvenIfTheChannelIsClosedAtOnce},
	})
}

func aClosedChannelIsDrainedAndThenEmpty(r *rule) {
	r.run(func() {
		for _, capacity := range []int{2, 3, 5} {
			ch := make(chan int, capacity)
			ch <- 1
			ch <- 2
			close(ch)
			expectReceived(r, ch, 1)
			got, what := tryRecv(ch)
			expect(r, "found", what, value)
			expect(r, "received", got, 2)
			expectClosed(r, ch, "both values were taken")
			_, what = tryRecv(ch)
			expect(r, "found", what, closed)
			expectClosed(r, ch, "it must stay closed")
		}
	})
}

func closeWakesAllWhoReceive(r *rule) {
	r.run(func() {
		for _, capacity := range []int{0, 1, 2} {
			ch := make(chan int, capacity)
			var ended sync.WaitGroup
			var woken atomic.Int32
			ended.Add(20)
			for i := 0; i < 20; i++ {
				r.goTask(func() {
					if _, open := <-ch; !open {
						woken.Add(1)
					}
					ended.Done()
				})
			}
			letOthersRun()
			expect(r, "woken before the close", woken.Load(), 0)
			close(ch)
			ended.Wait()
			expect(r, "woken", woken.Load(), 20)
		}
	})
}

func sendOnAClosedChannelThrows(r *rule) {
	r.run(func() {
		for _, capacity := range []int{0, 1, 2} {
			ch := make(chan int, capacity)
			close(ch)
			expect(r, "a send panics", panicOf(func() { ch <- 1 }), sendOnClosed)
			expectClosed(r, ch, "nothing was sent")
			tried := make(chan int, capacity)
			close(tried)
			expect(r, "a send that does not wait panics", panicOf(func() { trySend(tried, 1) }), sendOnClosed)
		}
	})
}

// closingIsARace is what the race detector makes of rules on senders that wait while the channel is closed.
const closingIsARace = "the race detector calls a close while others wait to send a race"

func sendersThatWaitAreTold(r *rule) {
	if raceDetector {
		r.Skip(closingIsARace)
	}
	r.run(func() {
		for _, capacity := range []int{0, 1, 2} {
			ch := make(chan int, capacity)
			for i := 0; i < capacity; i++ {
				ch <- 0
			}
			var ended sync.WaitGroup
			var refused atomic.Int32
			ended.Add(5)
			for i := 0; i < 5; i++ {
				r.goTask(func() {
					if panicOf(func() { ch <- 1 }) == sendOnClosed {
						refused.Add(1)
					}
					ended.Done()
				})
			}
			letOthersRun()
			close(ch)
			ended.Wait()
			expect(r, "senders told", refused.Load(), 5)
			for i := 0; i < capacity; i++ {
				expectReceived(r, ch, 0)
			}
			expectClosed(r, ch, "its send had failed")
		}
	})
}

func closingTwiceThrows(r *rule) {
	r.run(func() {
		for _, capacity := range []int{0, 1, 2} {
			ch := make(chan int, capacity)
			close(ch)
			expect(r, "the second close panics", panicOf(func() { close(ch) }), closeOfClosed)
		}
	})
}

func aValueThatWasReceivedWasSentEvenIfTheChannelIsClosedAtOnce(r *rule) {
	r.run(func() {
		for round := 0; round < 50; round++ {
			ch := make(chan int)
			var ended sync.WaitGroup
			ended.Add(1)
			r.goTask(func() {
				expect(r, "the send panics", panicOf(func() { ch <- 1 }), "")
				ended.Done()
			})
			expectReceived(r, ch, 1)
			close(ch)
			ended.Wait()
		}
	})
}
