// Tasks that are started and held back: none runs before it is let, and all run then.
package conformance

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"threadmark/bench_go/machine"
)

func TestHeldRules(t *testing.T) {
	suite(t, "held_rules", []namedRule{
		{"held_tasks_run_when_they_are_released_and_not_before", heldTasksRunWhenTheyAreReleasedAndNotBefore},
		{"tasks_can_be_held_again_and_again", tasksCanBeHeldAgainAndAgain},
	})
}

// needHold skips the rule where tasks cannot be held back; but one core is enough to hold them back on.
func needHold(r *rule) {
	err := machine.HoldP()
	switch {
	case err == nil:
		machine.ReleaseP()
	case r.cores > 1:
		r.Skipf("held_start: %v", err)
	default:
		r.Fatal(err)
	}
}

// startHeld starts n tasks, lets them run only after `least`, and says how many ran before all the same. In between it
// must not block, so whoever calls it reports.
func startHeld(r *rule, n int, task func(), ran *atomic.Int32, least time.Duration) (early int32) {
	before := ran.Load()
	runtime.GC() // so that none is on its way, which would want the P
	if err := machine.HoldP(); err != nil {
		panic(err) // needHold has seen to it
	}
	defer machine.ReleaseP()
	for i := 0; i < n; i++ {
		r.goTask(task)
	}
	for start := time.Now(); ; {
		early = ran.Load() - before
		if early != 0 || time.Since(start) >= least {
			return early
		}
	}
}

func heldTasksRunWhenTheyAreReleasedAndNotBefore(r *rule) {
	needHold(r)
	const tasks = 2000
	r.run(func() {
		var ran atomic.Int32
		var ended sync.WaitGroup
		ended.Add(tasks)
		task := func() {
			ran.Add(1)
			ended.Done()
		}
		early := startHeld(r, tasks, task, &ran, 20*time.Millisecond) // twice what Go lets a goroutine run for
		expect(r, "tasks that ran before they were let", early, 0)
		ended.Wait()
		expect(r, "tasks that ran", ran.Load(), tasks)
	})
}

func tasksCanBeHeldAgainAndAgain(r *rule) {
	needHold(r)
	r.run(func() {
		var ran atomic.Int32
		for round := int32(1); round <= 5; round++ {
			var ended sync.WaitGroup
			ended.Add(10)
			task := func() {
				ran.Add(1)
				ended.Done()
			}
			early := startHeld(r, 10, task, &ran, 0)
			expect(r, "tasks that ran before they were let", early, 0)
			ended.Wait()
			expect(r, "tasks that ran", ran.Load(), 10*round)
		}
	})
}
