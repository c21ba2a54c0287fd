// Whole programs of many tasks: every value arrives, once.
package conformance

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
)

func TestTrafficRules(t *testing.T) {
	suite(t, "traffic_rules", []namedRule{
		{"prime_sieve", primeSieve},
		{"of_many_producers_and_consumers_every_value_is_received_once",
			ofManyProducersAndConsumersEveryValueIsReceivedOnce},
		{"far_more_tasks_than_cores_may_block", farMoreTasksThanCoresMayBlock},
		{"power_series_solve_differential_equations", powerSeriesSolveDifferentialEquations},
		{"a_token_goes_a_million_hops_around_a_ring", aTokenGoesAMillionHopsAroundARing},
		{"tasks_start_tasks_in_a_tree", tasksStartTasksInATree},
	})
}

func primeSieve(r *rule) {
	r.run(func() {
		candidates := make(chan int)
		first := candidates
		r.goTask(func() {
			for i := 2; i < 230; i++ {
				first <- i
			}
			close(first)
		})
		var primes []int
		for {
			prime, open := <-candidates
			if !open {
				break
			}
			primes = append(primes, prime)
			candidates = without(r, prime, candidates)
		}
		expect(r, "primes", len(primes), 50)
		if len(primes) > 0 {
			expect(r, "the first", primes[0], 2)
			expect(r, "the last", primes[len(primes)-1], 229)
		}
	})
}

// without passes on what the prime does not divide.
func without(r *rule, prime int, in chan int) chan int {
	out := make(chan int)
	r.goTask(func() {
		for v := range in {
			if v%prime != 0 {
				out <- v
			}
		}
		close(out)
	})
	return out
}

func ofManyProducersAndConsumersEveryValueIsReceivedOnce(r *rule) {
	const producers, consumers, each = 6, 5, 400
	for _, capacity := range []int{0, 1, 2, 7, 128} {
		r.run(func() {
			ch := make(chan int, capacity)
			seen := make([]atomic.Int32, producers*each)
			var sending, receiving sync.WaitGroup
			sending.Add(producers)
			receiving.Add(consumers)
			for p := 0; p < producers; p++ {
				first := p * each
				r.goTask(func() {
					for i := 0; i < each; i++ {
						ch <- first + i
					}
					sending.Done()
				})
			}
			for c := 0; c < consumers; c++ {
				r.goTask(func() {
					for v := range ch {
						seen[v].Add(1)
					}
					receiving.Done()
				})
			}
			sending.Wait()
			close(ch)
			receiving.Wait()
			for v := range seen {
				if times := seen[v].Load(); times != 1 {
					r.Errorf("capacity %d: value %d was received %d times", capacity, v, times)
					return
				}
			}
		})
	}
}

func farMoreTasksThanCoresMayBlock(r *rule) {
	r.run(func() {
		const tasks = 300
		gate, out := make(chan int), make(chan int)
		var arrived sync.WaitGroup
		arrived.Add(tasks)
		for i := 0; i < tasks; i++ {
			i := i
			r.goTask(func() {
				arrived.Done()
				expectClosed(r, gate, "nobody sends")
				out <- i
			})
		}
		arrived.Wait()
		close(gate)
		sum := 0
		for i := 0; i < tasks; i++ {
			sum += <-out
		}
		expect(r, "sum", sum, tasks*(tasks-1)/2)
	})
}

// Power series as streams of their coefficients (McIlroy, "Squinting at Power Series", 1990): each operation is a
// task, and products are made by recursion. Coefficients are taken modulo a prime, so that there is division; a stream
// has `terms` of them, and room for all.
type stream chan int64

const (
	modulus = 1_000_003
	terms   = 20
)

func newStream() stream { return make(stream, terms+1) }

// next is the coefficient that must be there.
func (s stream) next(r *rule) int64 {
	v, open := <-s
	if !open {
		r.Helper()
		r.Error("a stream has ended too early")
	}
	return v
}

func inverse(a int64) int64 {
	result := int64(1)
	for e := modulus - 2; e > 0; e /= 2 {
		if e%2 == 1 {
			result = result * a % modulus
		}
		a = a * a % modulus
	}
	return result
}

func split(r *rule, in stream) (stream, stream) {
	a, b := newStream(), newStream()
	r.goTask(func() {
		for v := range in {
			a <- v
			b <- v
		}
		close(a)
		close(b)
	})
	return a, b
}

// combine makes p * f + q * g.
func combine(r *rule, p int64, f stream, q int64, g stream) stream {
	out := newStream()
	r.goTask(func() {
		defer close(out)
		for {
			a, more := <-f
			b, evenMore := <-g
			if !more || !evenMore {
				return
			}
			out <- (p*a + q*b) % modulus
		}
	})
	return out
}

// product makes (f0 + x f')(g0 + x g') = f0 g0 + x (f0 g' + g0 f' + x f' g').
func product(r *rule, f, g stream) stream {
	out := newStream()
	r.goTask(func() {
		defer close(out)
		f0, more := <-f
		g0, evenMore := <-g
		if !more || !evenMore {
			return
		}
		out <- f0 * g0 % modulus
		f1, f2 := split(r, f)
		g1, g2 := split(r, g)
		cross := combine(r, f0, g1, g0, f1)
		first, more := <-cross
		if !more {
			return
		}
		out <- first
		rest := product(r, f2, g2)
		for a := range cross {
			out <- (a + rest.next(r)) % modulus
		}
	})
	return out
}

// integral sends the first `terms` coefficients of c + the integral of f to out.
func integral(r *rule, c int64, f, out stream) {
	r.goTask(func() {
		out <- c
		for k := int64(1); k < terms; k++ {
			out <- f.next(r) * inverse(k) % modulus
		}
		close(out)
	})
}

func powerSeriesSolveDifferentialEquations(r *rule) {
	r.run(func() {
		expectExponential(r)
		expectTangent(r)
	})
}

// y' = y, y(0) = 1: the coefficients of exp are 1 / k!
func expectExponential(r *rule) {
	y := newStream()
	result, back := split(r, y)
	integral(r, 1, back, y)
	factorial := int64(1)
	for k := int64(0); k < terms; k++ {
		if k > 0 {
			factorial = factorial * k % modulus
		}
		expect(r, fmt.Sprintf("coefficient %d, times %d!", k, k), result.next(r)*factorial%modulus, 1)
	}
	expectClosed(r, result, "there are no more terms")
}

// y' = 1 + y^2, y(0) = 0: tan, 0, 1, 0, 1/3, 0, 2/15, 0, 17/315, 0, 62/2835
func expectTangent(r *rule) {
	one := newStream()
	one <- 1
	for k := 1; k < terms; k++ {
		one <- 0
	}
	close(one)
	y := newStream()
	result, again := split(r, y)
	left, right := split(r, again)
	integral(r, 0, combine(r, 1, one, 1, product(r, left, right)), y)
	tan := []struct{ above, below int64 }{{0, 1}, {1, 1}, {0, 1}, {1, 3}, {0, 1},
		{2, 15}, {0, 1}, {17, 315}, {0, 1}, {62, 2835}}
	for k, want := range tan {
		expect(r, fmt.Sprintf("coefficient %d, times %d", k, want.below), result.next(r)*want.below%modulus, want.above)
	}
}

func aTokenGoesAMillionHopsAroundARing(r *rule) {
	r.run(func() {
		const members, hops = 100, 1_000_000
		place := make([]chan int, members)
		for i := range place {
			place[i] = make(chan int, 1)
		}
		var last atomic.Int32
		last.Store(-1)
		for i := range place {
			in, out := place[i], place[(i+1)%members]
			r.goTask(func() {
				defer close(out)
				passOn(in, out, &last)
			})
		}
		place[0] <- hops
		waitUntil(func() bool { return last.Load() == 0 })
	})
}

// passOn takes one off whatever comes by, until there is nothing left or the ring is closed.
func passOn(in, out chan int, last *atomic.Int32) {
	for left := range in {
		if left == 0 {
			last.Store(0)
			return
		}
		out <- left - 1
	}
}

func tasksStartTasksInATree(r *rule) {
	r.run(func() {
		top := make(chan int64)
		r.goTask(func() { sumUp(r, top, 0, 1000) })
		expectReceived(r, top, 999*1000/2)
	})
}

// sumUp is a node of the tree: it has ten children, or it is a leaf.
func sumUp(r *rule, out chan int64, first, size int64) {
	if size == 1 {
		out <- first
		return
	}
	in := make(chan int64)
	for i := int64(0); i < 10; i++ {
		from := first + i*(size/10)
		r.goTask(func() { sumUp(r, in, from, size/10) })
	}
	sum := int64(0)
	for i := 0; i < 10; i++ {
		sum += <-in
	}
	out <- sum
}
