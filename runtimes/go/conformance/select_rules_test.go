// Select and reflect.Select: one ready case, chosen fairly; timeouts; no value lost or doubled.
package conformance

import (
	"fmt"
	"math"
	"reflect"
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

func TestSelectRules(t *testing.T) {
	suite(t, "select_rules", []namedRule{
		{"the_ready_case_is_chosen", theReadyCaseIsChosen},
		{"a_select_that_waits_takes_what_comes", aSelectThatWaitsTakesWhatComes},
		{"otherwise_runs_only_when_nothing_is_ready", otherwiseRunsOnlyWhenNothingIsReady},
		{"a_timeout_comes_and_never_early", aTimeoutComesAndNeverEarly},
		{"a_channel_that_is_ready_goes_before_the_timeout",
			skip("Go chooses at random between a channel that is ready and a timeout that has come")},
		{"a_timeout_that_races_with_its_partner_loses_no_value", aTimeoutThatRacesWithItsPartnerLosesNoValue},
		{"all_ready_cases_are_equally_likely", allReadyCasesAreEquallyLikely},
		{"sends_and_receives_are_equally_likely", sendsAndReceivesAreEquallyLikely},
		{"a_select_that_offers_two_values_sends_both_about_equally_often",
			aSelectThatOffersTwoValuesSendsBothAboutEquallyOften},
		{"with_all_cases_ready_exactly_one_runs", withAllCasesReadyExactlyOneRuns},
		{"otherwise_is_never_taken_while_one_of_two_cases_is_ready_at_any_time",
			otherwiseIsNeverTakenWhileOneOfTwoCasesIsReadyAtAnyTime},
		{"a_case_that_is_disabled_is_never_chosen", aCaseThatIsDisabledIsNeverChosen},
		{"a_merge_disables_each_source_that_is_closed", aMergeDisablesEachSourceThatIsClosed},
		{"a_timeout_is_not_much_late", aTimeoutIsNotMuchLate},
		{"selects_and_plain_operations_share_channels_of_several_capacities",
			selectsAndPlainOperationsShareChannelsOfSeveralCapacities},
		{"two_selects_meet", twoSelectsMeet},
		{"many_selects_on_both_sides_of_the_same_channels", manySelectsOnBothSidesOfTheSameChannels},
		{"the_same_channel_twice_is_one_value_once", theSameChannelTwiceIsOneValueOnce},
		{"a_select_does_not_meet_itself", aSelectDoesNotMeetItself},
		{"a_closed_channel_is_ready", aClosedChannelIsReady},
		{"close_wakes_a_select", closeWakesASelect},
		{"recv_any_says_which_channel_it_was", recvAnySaysWhichChannelItWas},
		{"values_that_can_only_be_moved_pass_through", skip(nothingIsOnlyMoved)},
	})
}

func theReadyCaseIsChosen(r *rule) {
	r.run(func() {
		a, b, full := make(chan int, 1), make(chan int, 1), make(chan int, 1)
		full <- 0
		for i := 0; i < 50; i++ {
			b <- i
			select {
			case <-a:
				r.Error("received of an empty channel")
			case full <- 1:
				r.Error("sent to a full channel")
			case v := <-b:
				expect(r, "received", v, i)
			}
			select {
			case <-b:
				r.Error("received of an empty channel")
			case a <- i:
			}
			expectReceived(r, a, i)
		}
	})
}

func aSelectThatWaitsTakesWhatComes(r *rule) {
	r.run(func() {
		in, out := make(chan int), make(chan int)
		r.goTask(func() {
			for i := 0; i < 200; i++ {
				runtime.Gosched()
				if i%2 == 0 {
					in <- i
				} else {
					expectReceived(r, out, i)
				}
			}
		})
		for i := 0; i < 200; i++ {
			chosen := -1
			select {
			case v := <-in:
				chosen = 0
				expect(r, "received", v, i)
			case out <- i:
				chosen = 1
			}
			expect(r, "chosen", chosen, i%2)
		}
	})
}

func otherwiseRunsOnlyWhenNothingIsReady(r *rule) {
	r.run(func() {
		ch := make(chan int, 1)
		_, what := tryRecv(ch)
		expect(r, "found in an empty channel", what, empty)
		select {
		default:
			r.Error("default, though there is a place")
		case ch <- 4:
		}
		expect(r, "sent to a full channel", trySend(ch, 5), false)
		got, what := tryRecv(ch)
		expect(r, "found", what, value)
		expect(r, "received", got, 4)
	})
}

func aTimeoutComesAndNeverEarly(r *rule) {
	r.run(func() {
		ch := make(chan int)
		hour := time.NewTimer(time.Hour)
		defer hour.Stop()
		for _, milliseconds := range []int{0, 1, 5, 20} {
			delay := time.Duration(milliseconds) * time.Millisecond
			start := time.Now()
			select {
			case <-ch:
				r.Error("received while nobody sent")
			case <-hour.C:
				r.Error("an hour has passed")
			case <-time.After(delay):
			}
			if after := time.Since(start); after < delay {
				r.Errorf("a timeout of %v came after %v", delay, after)
			}
		}
		select { // of nothing but a timeout
		case <-time.After(time.Millisecond):
		}
	})
}

// A token goes to and fro between two channels, and is in the one before it is taken from the other. Who looks at both at
// one moment sees it, always; who looked at one after the other might find both empty.
func otherwiseIsNeverTakenWhileOneOfTwoCasesIsReadyAtAnyTime(r *rule) {
	r.run(func() {
		a, b := make(chan int, 3), make(chan int, 3)
		var stop int32
		a <- 1
		r.goTask(func() {
			for atomic.LoadInt32(&stop) == 0 {
				b <- 1
				<-a
				a <- 1
				<-b
				runtime.Gosched()
			}
		})
		missed := 0
		for look := 0; look < 100000; look++ {
			select {
			case <-a:
				a <- 1
			case <-b:
				b <- 1
			default:
				missed++
			}
			if look%16 == 0 {
				runtime.Gosched()
			}
		}
		atomic.StoreInt32(&stop, 1)
		expect(r, "missed", missed, 0)
	})
}

func aCaseThatIsDisabledIsNeverChosen(r *rule) {
	r.run(func() {
		var disabled chan int
		ready := make(chan int, 1)
		for i := 0; i < 200; i++ {
			ready <- i
			select {
			case <-disabled:
				r.Error("received of a nil channel")
			case v := <-ready:
				expect(r, "received", v, i)
			case disabled <- 1:
				r.Error("sent to a nil channel")
			}
		}
		select {
		case <-disabled:
			r.Error("received of a nil channel")
		case disabled <- 1:
			r.Error("sent to a nil channel")
		default:
		}
		select {
		case <-disabled:
			r.Error("received of a nil channel")
		case <-time.After(time.Millisecond):
		}
	})
}

func aMergeDisablesEachSourceThatIsClosed(r *rule) {
	r.run(func() {
		source := [2]chan int{make(chan int), make(chan int, 2)}
		for s, ch := range source {
			n, ch := 300*(s+1), ch
			r.goTask(func() {
				for i := 0; i < n; i++ {
					ch <- i
				}
				close(ch)
			})
		}
		var next [2]int
		take := func(s, v int, open bool) {
			if !open {
				source[s] = nil
				return
			}
			expect(r, fmt.Sprintf("value of source %d", s), v, next[s])
			next[s]++
		}
		for source[0] != nil || source[1] != nil {
			select {
			case v, open := <-source[0]:
				take(0, v, open)
			case v, open := <-source[1]:
				take(1, v, open)
			}
		}
		expect(r, "values", next, [2]int{300, 600})
	})
}

func aTimeoutIsNotMuchLate(r *rule) {
	r.run(func() {
		const delay = 3 * time.Millisecond
		never := make(chan int)
		// Late by a millisecond or two is the clock's and the kernel's; the best of twenty by a fiftieth of a second is
		// not.
		best := time.Duration(math.MaxInt64)
		for i := 0; i < 20; i++ {
			start := time.Now()
			select {
			case <-never:
			case <-time.After(delay):
			}
			if late := time.Since(start) - delay; late < best {
				best = late
			}
		}
		if best < 0 || best >= 20*time.Millisecond {
			r.Errorf("at best %v late", best)
		}
	})
}

const eachOfFour = 500

func aClosedChannelIsReady(r *rule) {
	r.run(func() {
		open, over := make(chan int), make(chan int)
		close(over)
		select {
		case <-open:
			r.Error("received while nobody sent")
		case v, more := <-over:
			if more {
				r.Errorf("received %d of a closed channel", v)
			}
		}
		expect(r, "the send panics", panicOf(func() {
			select {
			case <-open:
			case over <- 1:
			}
		}), sendOnClosed)
	})
}

func closeWakesASelect(r *rule) {
	never := make(chan int)
	r.run(func() {
		closing := closedSoon(r)
		select {
		case <-never:
			r.Error("received while nobody sent")
		case v, open := <-closing:
			if open {
				r.Errorf("received %d of a closed channel", v)
			}
		}
	})
	if raceDetector {
		r.Skip("the sending half: " + closingIsARace)
	}
	r.run(func() {
		closing := closedSoon(r)
		expect(r, "the send panics", panicOf(func() {
			select {
			case <-never:
			case closing <- 1:
			}
		}), sendOnClosed)
	})
}

func closedSoon(r *rule) chan int {
	ch := make(chan int)
	r.goTask(func() {
		time.Sleep(5 * time.Millisecond)
		close(ch)
	})
	return ch
}

func recvAnySaysWhichChannelItWas(r *rule) {
	r.run(func() {
		for _, n := range []int{1, 3, 70} {
			recvAnyOf(r, n)
		}
	})
}

func recvAnyOf(r *rule, n int) {
	channels := make([]chan int, n)
	cases := make([]reflect.SelectCase, n)
	for i := range channels {
		first, ch := i*1000, make(chan int)
		channels[i] = ch
		cases[i] = reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(ch)}
		r.goTask(func() {
			for k := 0; k < 20; k++ {
				ch <- first + k
			}
		})
	}
	next := make([]int, n)
	for k := 0; k < n*20; k++ {
		i, v, open := reflect.Select(cases)
		expect(r, "open", open, true)
		expect(r, fmt.Sprintf("value of channel %d of %d", i, n), int(v.Int()), i*1000+next[i])
		next[i]++
	}
	close(channels[n-1])
	i, _, open := reflect.Select(cases)
	expect(r, "the channel that is closed", i, n-1)
	expect(r, "open", open, false)
}
