// Wait groups, mutexes, sleep, and what it means that a run has ended.
package conformance

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestSyncRules(t *testing.T) {
	suite(t, "sync_rules", []namedRule{
		{"a_run_ends_only_after_every_task", aRunEndsOnlyAfterEveryTask},
		{"what_a_task_holds_ends_with_it", whatATaskHoldsEndsWithIt},
		{"wait_returns_only_after_the_last_done", waitReturnsOnlyAfterTheLastDone},
		{"a_wait_group_may_be_used_again_and_again", aWaitGroupMayBeUsedAgainAndAgain},
		{"all_who_wait_for_a_wait_group_go_on", allWhoWaitForAWaitGroupGoOn},
		{"a_wait_group_may_end_as_soon_as_wait_returns",
			skip("Go has no destructors: the collector keeps a wait group for as long as a Done still uses it")},
		{"a_negative_wait_group_counter_throws", aNegativeWaitGroupCounterThrows},
		{"a_mutex_excludes_even_across_a_switch", aMutexExcludesEvenAcrossASwitch},
		{"try_lock_fails_while_another_task_holds_the_mutex", tryLockFailsWhileAnotherTaskHoldsTheMutex},
		{"sleep_is_never_too_short", sleepIsNeverTooShort},
		{"sleepers_do_not_hold_each_other_up", sleepersDoNotHoldEachOtherUp},
	})
}

// Go itself ends a program without waiting for its goroutines; whoever wants them to end counts them in a wait group,
// as `run` does, which may grow from inside a task.
func aRunEndsOnlyAfterEveryTask(r *rule) {
	var ended atomic.Int32
	r.run(func() {
		for i := 0; i < 10; i++ {
			r.goTask(func() {
				time.Sleep(2 * time.Millisecond)
				r.goTask(func() {
					time.Sleep(2 * time.Millisecond)
					ended.Add(1)
				})
			})
		}
	})
	expect(r, "tasks that have ended", ended.Load(), 10)
}

func whatATaskHoldsEndsWithIt(r *rule) {
	var alive atomic.Int32
	r.run(func() {
		held := newCounted(1, &alive)
		for i := 0; i < 10; i++ {
			r.goTask(func() { runtime.KeepAlive(held) })
		}
	})
	waitForTheEnd(r, &alive)
}

func waitReturnsOnlyAfterTheLastDone(r *rule) {
	r.run(func() {
		var wg sync.WaitGroup
		wg.Wait() // nothing to wait for
		var done atomic.Int32
		wg.Add(30)
		for i := 0; i < 30; i++ {
			r.goTask(func() {
				runtime.Gosched()
				done.Add(1)
				wg.Done()
			})
		}
		wg.Wait()
		expect(r, "done", done.Load(), 30)
	})
}

func aWaitGroupMayBeUsedAgainAndAgain(r *rule) {
	r.run(func() {
		var wg sync.WaitGroup
		var done atomic.Int32
		for round := int32(1); round <= 500; round++ {
			wg.Add(3)
			for i := 0; i < 3; i++ {
				r.goTask(func() {
					done.Add(1)
					wg.Done()
				})
			}
			wg.Wait()
			expect(r, "done", done.Load(), round*3)
		}
	})
}

func allWhoWaitForAWaitGroupGoOn(r *rule) {
	r.run(func() {
		var gate, ended sync.WaitGroup
		var passed atomic.Int32
		gate.Add(1)
		ended.Add(10)
		for i := 0; i < 10; i++ {
			r.goTask(func() {
				gate.Wait()
				passed.Add(1)
				ended.Done()
			})
		}
		letOthersRun()
		expect(r, "passed before the gate was open", passed.Load(), 0)
		gate.Done()
		ended.Wait()
		expect(r, "passed", passed.Load(), 10)
	})
}

func aNegativeWaitGroupCounterThrows(r *rule) {
	r.run(func() {
		var wg sync.WaitGroup
		expect(r, "Done panics", panicOf(wg.Done), negativeCounter)
		var other sync.WaitGroup // the panic has left the first below zero
		other.Add(2)
		expect(r, "Add panics", panicOf(func() { other.Add(-3) }), negativeCounter)
	})
}

func aMutexExcludesEvenAcrossASwitch(r *rule) {
	r.run(func() {
		var m sync.Mutex
		var ended sync.WaitGroup
		counter := 0 // not atomic: the mutex must do
		var inside atomic.Int32
		once := func(i int) {
			m.Lock()
			defer m.Unlock()
			expect(r, "tasks inside", inside.Add(1), 1)
			before := counter
			if i%16 == 0 {
				runtime.Gosched()
			}
			counter = before + 1
			inside.Add(-1)
		}
		ended.Add(8)
		for t := 0; t < 8; t++ {
			r.goTask(func() {
				for i := 0; i < 250; i++ {
					once(i)
				}
				ended.Done()
			})
		}
		ended.Wait()
		expect(r, "counter", counter, 8*250)
	})
}

func tryLockFailsWhileAnotherTaskHoldsTheMutex(r *rule) {
	r.run(func() {
		var m sync.Mutex
		tryInAnotherTask := func() bool {
			got := make(chan bool)
			r.goTask(func() {
				locked := m.TryLock()
				if locked {
					m.Unlock()
				}
				got <- locked
			})
			return <-got
		}
		m.Lock()
		expect(r, "locked while another task holds it", tryInAnotherTask(), false)
		m.Unlock()
		expect(r, "locked when it is free", tryInAnotherTask(), true)
	})
}

func sleepIsNeverTooShort(r *rule) {
	r.run(func() {
		var ended sync.WaitGroup
		ended.Add(20)
		for i := 0; i < 20; i++ {
			asked := time.Duration(i) * 500 * time.Microsecond
			r.goTask(func() {
				start := time.Now()
				time.Sleep(asked)
				if slept := time.Since(start); slept < asked {
					r.Errorf("slept %v of %v", slept, asked)
				}
				ended.Done()
			})
		}
		ended.Wait()
		time.Sleep(0)
		time.Sleep(-1)
	})
}

// 200 sleeps of 20 ms are 4 s one after the other; the bound is generous, and still far from that.
func sleepersDoNotHoldEachOtherUp(r *rule) {
	start := time.Now()
	r.run(func() {
		for i := 0; i < 200; i++ {
			r.goTask(func() { time.Sleep(20 * time.Millisecond) })
		}
	})
	if took := time.Since(start); took >= 3*time.Second {
		r.Errorf("it took %v", took)
	}
}
