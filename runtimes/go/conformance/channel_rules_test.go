// Channels: blocking, order, capacity, operations that do not wait, values left behind.
package conformance

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestChannelRules(t *testing.T) {
	suite(t, "channel_rules", []namedRule{
		{"unbuffered_send_returns_only_after_the_receive_has_begun", unbufferedSendReturnsOnlyAfterTheReceiveHasBegun},
		{"with_capacity_3_the_4th_send_blocks", withCapacity3The4thSendBlocks},
		{"receive_blocks_while_empty", receiveBlocksWhileEmpty},
		{"values_arrive_in_the_order_in_which_they_were_sent", valuesArriveInTheOrderInWhichTheyWereSent},
		{"every_capacity_up_to_199_is_exact", everyCapacityUpTo199IsExact},
		{"at_least_holds_at_least_so_many", atLeastHoldsAtLeastSoMany},
		{"a_ring_is_reused_in_order_round_after_round", aRingIsReusedInOrderRoundAfterRound},
		{"try_send_and_try_recv_never_block", trySendAndTryRecvNeverBlock},
		{"try_recv_of_a_channel_that_is_full_or_closed_is_never_empty",
			tryRecvOfAChannelThatIsFullOrClosedIsNeverEmpty},
		{"a_send_stays_parked_when_a_receiver_has_given_up", aSendStaysParkedWhenAReceiverHasGivenUp},
		{"try_recv_takes_the_place_of_a_waiting_sender", tryRecvTakesThePlaceOfAWaitingSender},
		{"a_handle_may_be_copied_and_outlive_the_first", aHandleMayBeCopiedAndOutliveTheFirst},
		{"values_that_can_only_be_moved_pass_through", skip(nothingIsOnlyMoved)},
		{"values_left_in_a_channel_end_with_it", valuesLeftInAChannelEndWithIt},
	})
}

const nothingIsOnlyMoved = "Go has no values that can only be moved: a send copies"

func unbufferedSendReturnsOnlyAfterTheReceiveHasBegun(r *rule) {
	r.run(func() {
		for round := 0; round < 20; round++ {
			ch := make(chan int)
			var receiving atomic.Bool
			r.goTask(func() {
				time.Sleep(time.Millisecond)
				receiving.Store(true)
				expectReceived(r, ch, 7)
			})
			ch <- 7
			if !receiving.Load() {
				r.Error("the send returned while nobody received")
			}
		}
	})
}

func withCapacity3The4thSendBlocks(r *rule) {
	r.run(func() {
		ch := make(chan int, 3)
		var sent atomic.Int32
		r.goTask(func() {
			for i := 0; i < 5; i++ {
				ch <- i
				sent.Add(1)
			}
		})
		waitUntil(func() bool { return sent.Load() == 3 })
		letOthersRun()
		expect(r, "sends that did not wait", sent.Load(), 3)
		expectReceived(r, ch, 0)
		waitUntil(func() bool { return sent.Load() == 4 })
		letOthersRun()
		expect(r, "sends when one place had become free", sent.Load(), 4)
		for i := 1; i < 5; i++ {
			expectReceived(r, ch, i)
		}
		waitUntil(func() bool { return sent.Load() == 5 })
	})
}

func receiveBlocksWhileEmpty(r *rule) {
	r.run(func() {
		for _, capacity := range []int{0, 1, 5} {
			ch := make(chan int, capacity)
			var received atomic.Bool
			r.goTask(func() {
				expectReceived(r, ch, 3)
				received.Store(true)
			})
			letOthersRun()
			expect(r, "received of an empty channel", received.Load(), false)
			ch <- 3
			waitUntil(received.Load)
		}
	})
}

func valuesArriveInTheOrderInWhichTheyWereSent(r *rule) {
	r.run(func() {
		for _, capacity := range []int{0, 1, 2, 3, 64} {
			ch := make(chan int, capacity)
			r.goTask(func() {
				for i := 0; i < 500; i++ {
					ch <- i
				}
				close(ch)
			})
			expected := 0
			for v := range ch {
				expect(r, "value", v, expected)
				expected++
			}
			expect(r, "values", expected, 500)
		}
	})
}

func everyCapacityUpTo199IsExact(r *rule) {
	r.run(func() {
		for capacity := 0; capacity < 200; capacity++ {
			ch := make(chan int, capacity)
			expect(r, "cap", cap(ch), capacity)
			held := 0
			for held <= capacity && trySend(ch, held) {
				held++
			}
			expect(r, "values held", held, capacity)
			for i := 0; i < held; i++ {
				expectReceived(r, ch, i)
			}
			_, what := tryRecv(ch)
			expect(r, "found afterwards", what, empty)
		}
	})
}

func atLeastHoldsAtLeastSoMany(r *rule) {
	r.run(func() {
		for capacity := 1; capacity < 200; capacity++ {
			ch := make(chan int, capacity)
			if cap(ch) < capacity {
				r.Errorf("%d places, want %d or more", cap(ch), capacity)
			}
			for i := 0; i < capacity; i++ {
				if !trySend(ch, i) {
					r.Errorf("no place for value %d of %d", i, capacity)
				}
			}
		}
	})
}

func aRingIsReusedInOrderRoundAfterRound(r *rule) {
	r.run(func() {
		for _, capacity := range []int{1, 2, 3, 7, 8} {
			ch := make(chan int, capacity)
			nextIn, nextOut := 0, 0
			for step := 0; step < 100; step++ {
				for trySend(ch, nextIn) {
					nextIn++
				}
				for k := 0; k <= step%3 && nextOut < nextIn; k++ {
					expectReceived(r, ch, nextOut)
					nextOut++
				}
			}
		}
	})
}

func trySendAndTryRecvNeverBlock(r *rule) {
	r.run(func() {
		ch := make(chan int)
		_, what := tryRecv(ch)
		expect(r, "found", what, empty)
		expect(r, "sent though nobody receives", trySend(ch, 1), false)
		var ended atomic.Bool
		r.goTask(func() {
			expectReceived(r, ch, 5)
			ended.Store(true)
		})
		waitUntil(func() bool { return trySend(ch, 5) }) // as soon as the receiver waits
		waitUntil(ended.Load)
		ended.Store(false)
		r.goTask(func() {
			ch <- 6
			ended.Store(true)
		})
		got := 0
		waitUntil(func() bool {
			got, what = tryRecv(ch)
			return what == value
		})
		expect(r, "received", got, 6)
		waitUntil(ended.Load)
	})
}

func tryRecvOfAChannelThatIsFullOrClosedIsNeverEmpty(r *rule) {
	r.run(func() {
		for round := 0; round < 1000; round++ {
			ch := make(chan int, 1)
			var ended sync.WaitGroup
			ch <- 1
			ended.Add(1)
			r.goTask(func() {
				if _, what := tryRecv(ch); what == empty {
					r.Error("found nothing")
				}
				ended.Done()
			})
			close(ch) // from the send on it holds a value or is closed, whoever takes the value
			<-ch
			ended.Wait()
		}
	})
}

func aSendStaysParkedWhenAReceiverHasGivenUp(r *rule) {
	r.run(func() {
		for round := 0; round < 20; round++ {
			round, ch := round, make(chan int)
			giveUp(r, ch, round%2 == 0)
			var ended sync.WaitGroup
			var sent atomic.Int32
			ended.Add(1)
			r.goTask(func() {
				ch <- round
				sent.Add(1)
				ended.Done()
			})
			time.Sleep(2 * time.Millisecond)
			expect(r, "sends that did not wait", sent.Load(), 0)
			expectReceived(r, ch, round)
			ended.Wait()
		}
	})
}

// giveUp receives until its timeout comes or another case of its select: a receiver that goes before the sender comes
// must not take the value along.
func giveUp(r *rule, ch chan int, byTimeout bool) {
	other := make(chan int)
	var timeout <-chan time.Time
	if byTimeout {
		timeout = time.After(500 * time.Microsecond)
	} else {
		r.goTask(func() { other <- 1 })
	}
	select {
	case <-ch:
		r.Error("received while nobody sent")
	case <-other:
	case <-timeout:
	}
}

func tryRecvTakesThePlaceOfAWaitingSender(r *rule) {
	r.run(func() {
		ch := make(chan int, 1)
		var sent atomic.Int32
		r.goTask(func() {
			for i := 0; i < 2; i++ {
				ch <- i
				sent.Add(1)
			}
		})
		waitUntil(func() bool { return sent.Load() == 1 })
		letOthersRun()
		got, what := tryRecv(ch)
		expect(r, "found", what, value)
		expect(r, "received", got, 0)
		waitUntil(func() bool { return sent.Load() == 2 })
		expectReceived(r, ch, 1)
	})
}

func aHandleMayBeCopiedAndOutliveTheFirst(r *rule) {
	r.run(func() {
		var kept []chan int
		{
			first := make(chan int, 2)
			kept = append(kept, first)
			first <- 1
		}
		runtime.GC() // were only the first to count, this would end the channel
		expectReceived(r, kept[0], 1)
	})
}

// counted is a value whose end is noticed. It is large enough not to share its memory with others.
type counted struct {
	value int
	_     [7]int
}

// newCounted makes one that adds to `alive` until the collector has found that nothing refers to it: Go's nearest
// thing to a destructor. When that is, Go does not promise.
func newCounted(value int, alive *atomic.Int32) *counted {
	c := &counted{value: value}
	alive.Add(1)
	runtime.SetFinalizer(c, func(*counted) { alive.Add(-1) })
	return c
}

// waitForTheEnd waits until nothing refers to what was counted. Where something does, the time limit says so.
func waitForTheEnd(r *rule, alive *atomic.Int32) {
	r.run(func() {
		waitUntil(func() bool {
			runtime.GC()
			return alive.Load() == 0
		})
	})
}

func valuesLeftInAChannelEndWithIt(r *rule) {
	var alive atomic.Int32
	r.run(func() {
		for _, capacity := range []int{1, 3, 4} {
			ch := make(chan *counted, capacity)
			for i := 0; i < capacity; i++ {
				ch <- newCounted(i, &alive)
			}
			expect(r, fmt.Sprintf("the first of %d", capacity), (<-ch).value, 0)
		}
	})
	waitForTheEnd(r, &alive)
}
