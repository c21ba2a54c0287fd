// Selects that share channels with others, and with themselves.
package conformance

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

func aTimeoutThatRacesWithItsPartnerLosesNoValue(r *rule) {
	r.run(func() {
		ch := make(chan int)
		var sent, received atomic.Int64
		passBy(r, func(timeout <-chan time.Time) {
			select {
			case ch <- 1:
				sent.Add(1)
			case <-timeout:
			}
		}, func() {
			select {
			case v := <-ch:
				received.Add(int64(v))
			default:
				runtime.Gosched()
			}
		})
		expect(r, "sent with a timeout", sent.Load(), received.Load())
	})
	r.run(func() {
		ch := make(chan int)
		var sent, received atomic.Int64
		passBy(r, func(timeout <-chan time.Time) {
			select {
			case v := <-ch:
				received.Add(int64(v))
			case <-timeout:
			}
		}, func() {
			select {
			case ch <- 1:
				sent.Add(1)
			default:
				runtime.Gosched()
			}
		})
		expect(r, "received with a timeout", received.Load(), sent.Load())
	})
}

// passBy calls `waits` with timeouts of up to two microseconds, while another task calls `tries` again and again.
func passBy(r *rule, waits func(timeout <-chan time.Time), tries func()) {
	var stop atomic.Bool
	var ended sync.WaitGroup
	ended.Add(1)
	r.goTask(func() {
		for !stop.Load() {
			tries()
		}
		ended.Done()
	})
	for i := 0; i < 2000; i++ {
		waits(time.After(time.Duration(i%3) * time.Microsecond))
	}
	stop.Store(true)
	ended.Wait()
}

func selectsAndPlainOperationsShareChannelsOfSeveralCapacities(r *rule) {
	r.run(func() {
		four := [4]chan int64{make(chan int64), make(chan int64), make(chan int64, 2), make(chan int64, 3)}
		var ended sync.WaitGroup
		var sent, received atomic.Int64
		ended.Add(10)
		for _, ch := range four {
			ch := ch
			r.goTask(func() {
				for i := int64(0); i < eachOfFour; i++ {
					ch <- i
					sent.Add(i)
				}
				ended.Done()
			})
			r.goTask(func() {
				for i := 0; i < eachOfFour; i++ {
					received.Add(<-ch)
				}
				ended.Done()
			})
		}
		r.goTask(func() {
			shareOfAll(four, func(on [4]chan int64, i int64) int {
				sent.Add(i)
				return sendToOne(on, i)
			})
			ended.Done()
		})
		r.goTask(func() {
			shareOfAll(four, func(on [4]chan int64, _ int64) int {
				k, v := receiveOfOne(on)
				received.Add(v)
				return k
			})
			ended.Done()
		})
		ended.Wait()
		expect(r, "sum of what was received", received.Load(), sent.Load())
	})
}

// shareOfAll does on all four channels at once what others do on each, and leaves a channel when it has done its share
// of it.
func shareOfAll(on [4]chan int64, selectOf func(on [4]chan int64, i int64) int) {
	var done [4]int
	for i := int64(0); i < 4*eachOfFour; i++ {
		k := selectOf(on, i)
		if done[k]++; done[k] == eachOfFour {
			on[k] = nil
		}
	}
}

func sendToOne(on [4]chan int64, v int64) int {
	select {
	case on[0] <- v:
		return 0
	case on[1] <- v:
		return 1
	case on[2] <- v:
		return 2
	case on[3] <- v:
		return 3
	}
}

func receiveOfOne(on [4]chan int64) (int, int64) {
	select {
	case v := <-on[0]:
		return 0, v
	case v := <-on[1]:
		return 1, v
	case v := <-on[2]:
		return 2, v
	case v := <-on[3]:
		return 3, v
	}
}

func twoSelectsMeet(r *rule) {
	r.run(func() {
		const rounds = 3000
		left, right := make(chan int64), make(chan int64)
		var sent, received atomic.Int64
		meet := func(out, in chan int64, from int64) {
			for i := int64(0); i < rounds; i++ {
				select {
				case out <- from + i:
					sent.Add(from + i)
				case v := <-in:
					received.Add(v)
				}
			}
		}
		var ended sync.WaitGroup
		ended.Add(1)
		r.goTask(func() {
			meet(left, right, 1000000)
			ended.Done()
		})
		meet(right, left, 0) // each round of the one is a round of the other
		ended.Wait()
		expect(r, "sum of what was received", received.Load(), sent.Load())
	})
}

func manySelectsOnBothSidesOfTheSameChannels(r *rule) {
	r.run(func() {
		const tasks, enough = 6, 2000
		a, b, stop := make(chan int), make(chan int), make(chan int)
		var ended sync.WaitGroup
		var sent, received atomic.Int32
		meet := func() (on bool) {
			select {
			case a <- 1:
				sent.Add(1)
			case <-a:
				received.Add(1)
			case <-b:
				received.Add(1)
			case b <- 1:
				sent.Add(1)
			case <-stop:
				return false
			}
			return true
		}
		ended.Add(tasks)
		for t := 0; t < tasks; t++ {
			r.goTask(func() {
				for on := true; on && received.Load() < enough; {
					on = meet()
				}
				ended.Done()
			})
		}
		waitUntil(func() bool { return received.Load() >= enough })
		close(stop)
		ended.Wait()
		expect(r, "received", received.Load(), sent.Load())
	})
}

func theSameChannelTwiceIsOneValueOnce(r *rule) {
	r.run(func() {
		ch := make(chan int)
		r.goTask(func() {
			for i := 0; i < 300; i++ {
				ch <- i
			}
			close(ch)
		})
		expected := 0
		for {
			var v int
			var open bool
			select {
			case v, open = <-ch:
			case v, open = <-ch:
			}
			if !open {
				break
			}
			expect(r, "received", v, expected)
			expected++
		}
		expect(r, "values", expected, 300)
	})
}

func aSelectDoesNotMeetItself(r *rule) {
	r.run(func() {
		ch := make(chan int)
		select {
		case ch <- 1:
			r.Error("sent while nobody received")
		case <-ch:
			r.Error("received while nobody sent")
		case <-time.After(5 * time.Millisecond):
		}
	})
}
