// Which of several ready cases a select chooses.
package conformance

import (
	"fmt"
	"math"
	"time"
)

// sixSigma is how far a fair choice with the probability p strays in so many trials, but for once in a billion.
func sixSigma(trials int, p float64) float64 { return 6 * math.Sqrt(float64(trials)*p*(1-p)) }

func allReadyCasesAreEquallyLikely(r *rule) {
	r.run(func() {
		const trials = 10000
		for _, ready := range []int{2, 3, 4} { // with some not ready: a mere random start would favour a neighbour
			p := 1 / float64(ready)
			chosen := choices(ready, trials)
			for i, times := range chosen[:ready] {
				expectNear(r, fmt.Sprintf("case %d of %d", i, ready), times, trials*p, sixSigma(trials, p))
			}
		}
	})
}

// choices counts how often each of four cases is chosen, of which the first `ready` are.
func choices(ready, trials int) (chosen [4]int) {
	var ch [4]chan int
	for i := range ch {
		ch[i] = make(chan int, 1)
		if i < ready {
			ch[i] <- 0
		}
	}
	for trial := 0; trial < trials; trial++ {
		c := 0
		select {
		case <-ch[0]:
		case <-ch[1]:
			c = 1
		case <-ch[2]:
			c = 2
		case <-ch[3]:
			c = 3
		}
		chosen[c]++
		ch[c] <- 0
	}
	return chosen
}

func sendsAndReceivesAreEquallyLikely(r *rule) {
	r.run(func() {
		const trials = 10000
		in, out := make(chan int, 1), make(chan int, 1)
		received := 0
		for trial := 0; trial < trials; trial++ {
			trySend(in, 0)
			select {
			case <-in:
				received++
			case out <- 0:
				<-out
			}
		}
		expectNear(r, "received", received, trials/2, sixSigma(trials, 0.5))
	})
}

func aSelectThatOffersTwoValuesSendsBothAboutEquallyOften(r *rule) {
	r.run(func() {
		const trials = 4000
		for _, capacity := range []int{0, 1, trials} {
			ch := make(chan int, capacity)
			r.goTask(func() {
				for i := 0; i < trials; i++ {
					select {
					case ch <- 0:
					case ch <- 1:
					}
				}
				close(ch)
			})
			ones, all := 0, 0
			for v := range ch {
				ones += v
				all++
			}
			expect(r, "values", all, trials)
			expectNear(r, fmt.Sprintf("ones with capacity %d", capacity), ones, trials/2, sixSigma(trials, 0.5))
		}
	})
}

// A timeout that has come is a case like the others in Go, and may be chosen; default may not.
func withAllCasesReadyExactlyOneRuns(r *rule) {
	r.run(func() {
		for round := 0; round < 300; round++ {
			a, b, c, over := make(chan int, 1), make(chan int, 1), make(chan int, 1), make(chan int, 1)
			a <- 1
			b <- 1
			close(over)
			var ran []int
			select {
			case <-a:
				ran = append(ran, 0)
			case <-b:
				ran = append(ran, 1)
			case c <- 1:
				ran = append(ran, 2)
			case <-over:
				ran = append(ran, 3)
			case <-time.After(0):
				ran = append(ran, 4)
			default:
				r.Error("default, though everything is ready")
			}
			expect(r, "cases that ran", len(ran), 1)
			for i, has := range []int{len(a), len(b), 1 - len(c)} {
				if wasChosen := len(ran) > 0 && ran[0] == i; wasChosen != (has == 0) {
					r.Errorf("%v ran, but channels 0 to 2 hold %d %d %d", ran, len(a), len(b), len(c))
				}
			}
		}
	})
}
