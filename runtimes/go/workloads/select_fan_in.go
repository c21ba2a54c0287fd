package workloads

import (
	"reflect"

	"threadmark/bench_go/gbench"
	"threadmark/bench_go/outcome"
)

//go:generate go run ./generate_select -cases 64 -out receive_64.go

// messages is how many values all producers together send in an iteration.
const messages = 8192

// Each producer sends into a channel of its own; one task receives from all of them by select.
//
// A select statement has its cases written out, which is also how it is fastest; so the two standard numbers of
// producers have a statement each. reflect.Select takes any number and is several times slower; the counter
// effective_reflect_select says where it was used.
func selectFanIn(producers, capacity int) gbench.Body {
	receive, viaReflect := receiver(producers)
	share := uint64(messages / producers)
	return func(s *gbench.State) error {
		channels := make([]chan uint64, producers)
		for p := range channels {
			channels[p] = make(chan uint64, capacity)
			go produce(channels[p], uint64(p), share)
		}
		seen := newArrivals(producers)
		s.ClockOn()
		receive(channels, seen)
		elapsed := s.ClockOff()
		s.PerUnit("ns_per_message", elapsed, messages)
		s.Effective("reflect_select", viaReflect)
		return seen.check(share)
	}
}

func produce(out chan<- uint64, producer, share uint64) {
	for k := uint64(0); k < share; k++ {
		out <- producer<<32 | k
	}
}

// receiver picks the way to receive for so many producers, and says 1 where it is by reflection.
func receiver(producers int) (receive func([]chan uint64, *arrivals), viaReflect float64) {
	switch producers {
	case 4:
		return receive4, 0
	case 64:
		return receive64, 0
	}
	return receiveAny, 1
}

func receive4(channels []chan uint64, seen *arrivals) {
	c0, c1, c2, c3 := channels[0], channels[1], channels[2], channels[3]
	for i := 0; i < messages; i++ {
		var p int
		var v uint64
		select {
		case v = <-c0:
			p = 0
		case v = <-c1:
			p = 1
		case v = <-c2:
			p = 2
		case v = <-c3:
			p = 3
		}
		seen.take(p, v)
	}
}

func receiveAny(channels []chan uint64, seen *arrivals) {
	cases := make([]reflect.SelectCase, len(channels))
	for p, c := range channels {
		cases[p] = reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(c)}
	}
	for i := 0; i < messages; i++ {
		p, v, _ := reflect.Select(cases)
		seen.take(p, v.Uint())
	}
}

// arrivals follows what came from each producer: the number that must come next, and how many were not that.
type arrivals struct {
	next  []uint64
	wrong uint64
}

func newArrivals(producers int) *arrivals { return &arrivals{next: make([]uint64, producers)} }

func (a *arrivals) take(producer int, value uint64) {
	if value != uint64(producer)<<32|a.next[producer] {
		a.wrong++
	}
	a.next[producer]++
}

func (a *arrivals) check(share uint64) error {
	if a.wrong != 0 {
		return outcome.Wrong("select_fan_in: %d values came out of order or from another producer's channel", a.wrong)
	}
	for p, n := range a.next {
		if n != share {
			return outcome.Wrong("select_fan_in: %d of %d values of producer %d arrived", n, share, p)
		}
	}
	return nil
}
