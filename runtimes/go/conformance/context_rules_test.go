// Contexts: cancelling reaches everything below and nothing else, and wakes who waits for it.
package conformance

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestContextRules(t *testing.T) {
	suite(t, "context_rules", []namedRule{
		{"cancelling_ends_all_below_and_nobody_above_or_beside", cancellingEndsAllBelowAndNobodyAboveOrBeside},
		{"cancelling_wakes_every_task_that_waits_below", cancellingWakesEveryTaskThatWaitsBelow},
		{"a_timeout_ends_all_below_and_says_that_it_was_one", aTimeoutEndsAllBelowAndSaysThatItWasOne},
		{"a_child_ends_with_its_parent_though_its_own_timeout_is_later",
			aChildEndsWithItsParentThoughItsOwnTimeoutIsLater},
		{"a_context_made_below_one_that_has_ended_has_ended", aContextMadeBelowOneThatHasEndedHasEnded},
		{"cancelling_races_with_a_timeout_and_one_of_them_is_the_reason",
			cancellingRacesWithATimeoutAndOneOfThemIsTheReason},
	})
}

// node is a context and what ends it.
type node struct {
	ctx    context.Context
	cancel context.CancelFunc
}

func withCancel(r *rule, parent context.Context) node {
	ctx, cancel := context.WithCancel(parent)
	r.Cleanup(cancel)
	return node{ctx, cancel}
}

func withTimeout(r *rule, parent context.Context, after time.Duration) node {
	ctx, cancel := context.WithTimeout(parent, after)
	r.Cleanup(cancel)
	return node{ctx, cancel}
}

func expectEnd(r *rule, which string, ctx context.Context, want error) {
	if got := ctx.Err(); got != want {
		r.Helper()
		r.Errorf("%s ended with %v, want %v", which, got, want)
	}
}

func cancellingEndsAllBelowAndNobodyAboveOrBeside(r *rule) {
	r.run(func() {
		top := withCancel(r, context.Background())
		middle := withCancel(r, top.ctx)
		beside := withCancel(r, top.ctx)
		low := withCancel(r, middle.ctx)
		lowest := withTimeout(r, low.ctx, time.Hour)
		middle.cancel()
		expectEnd(r, "top", top.ctx, nil)
		expectEnd(r, "beside", beside.ctx, nil)
		expectEnd(r, "middle", middle.ctx, context.Canceled)
		expectEnd(r, "low", low.ctx, context.Canceled)
		expectEnd(r, "lowest", lowest.ctx, context.Canceled)
		top.cancel()
		expectEnd(r, "beside", beside.ctx, context.Canceled)
	})
}

func cancellingWakesEveryTaskThatWaitsBelow(r *rule) {
	r.run(func() {
		const tasks = 200
		top := withCancel(r, context.Background())
		var waiting, ended sync.WaitGroup
		var woken atomic.Int32
		waiting.Add(tasks)
		ended.Add(tasks)
		for _, ctx := range chainsOfTen(r, top.ctx, tasks) {
			ctx := ctx
			r.goTask(func() {
				never := make(chan int)
				waiting.Done()
				select {
				case <-never:
				case <-ctx.Done():
					woken.Add(1)
				}
				ended.Done()
			})
		}
		waiting.Wait()
		letOthersRun()
		expect(r, "woken before the end", woken.Load(), 0)
		top.cancel()
		ended.Wait()
		expect(r, "woken", woken.Load(), tasks)
	})
}

// chainsOfTen makes n contexts below top, of which each but the first of ten is the parent of the next.
func chainsOfTen(r *rule, top context.Context, n int) (all []context.Context) {
	parent := top
	for i := 0; i < n; i++ {
		child := withCancel(r, parent)
		all = append(all, child.ctx)
		if i%10 != 0 {
			parent = child.ctx
		}
		if i%10 == 9 {
			parent = top
		}
	}
	return all
}

func aTimeoutEndsAllBelowAndSaysThatItWasOne(r *rule) {
	r.run(func() {
		const delay = 5 * time.Millisecond
		start := time.Now()
		top := withTimeout(r, context.Background(), delay)
		below := withCancel(r, top.ctx)
		<-below.ctx.Done()
		if after := time.Since(start); after < delay {
			r.Errorf("a timeout of %v came after %v", delay, after)
		}
		expectEnd(r, "top", top.ctx, context.DeadlineExceeded)
		expectEnd(r, "below", below.ctx, context.DeadlineExceeded)
		below.cancel() // why a context has ended does not change
		expectEnd(r, "below", below.ctx, context.DeadlineExceeded)
	})
}

func aChildEndsWithItsParentThoughItsOwnTimeoutIsLater(r *rule) {
	r.run(func() {
		start := time.Now()
		top := withTimeout(r, context.Background(), 5*time.Millisecond)
		below := withTimeout(r, top.ctx, time.Hour)
		<-below.ctx.Done()
		if after := time.Since(start); after >= time.Minute {
			r.Errorf("it ended after %v", after)
		}
		expectEnd(r, "below", below.ctx, context.DeadlineExceeded)
	})
}

func aContextMadeBelowOneThatHasEndedHasEnded(r *rule) {
	r.run(func() {
		top := withCancel(r, context.Background())
		top.cancel()
		below := withTimeout(r, top.ctx, time.Hour)
		expectEnd(r, "below", below.ctx, context.Canceled)
		<-below.ctx.Done()
	})
}

func cancellingRacesWithATimeoutAndOneOfThemIsTheReason(r *rule) {
	r.run(func() {
		for round := 0; round < 200; round++ {
			delay := time.Duration(round) * time.Microsecond
			top := withTimeout(r, context.Background(), delay)
			below := withCancel(r, top.ctx)
			var ended sync.WaitGroup
			ended.Add(1)
			r.goTask(func() {
				time.Sleep(delay)
				top.cancel()
				ended.Done()
			})
			<-below.ctx.Done()
			ended.Wait()
			if why := top.ctx.Err(); why != context.Canceled && why != context.DeadlineExceeded {
				r.Errorf("it ended with %v", why)
			}
			expectEnd(r, "below", below.ctx, top.ctx.Err())
		}
	})
}
