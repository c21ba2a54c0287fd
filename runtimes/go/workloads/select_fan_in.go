package workloads

import (
	"fmt"
	"reflect"

	"threadmark/bench_go/catalog"
	"threadmark/bench_go/gbench"
	"threadmark/bench_go/outcome"
)

//go:generate go run ./generate_select -cases 64 -out receive_64.go

// messages is how many values all producers together send in an iteration.
const messages = 8192

// message is a received value, and the position of the channel that it came from.
type message struct {
	producer int
	value    uint64
}

// Each producer sends into a channel of its own; one task receives from all of them by select.
//
// A select statement has its cases written out, which is also how it is fastest; so the two standard numbers of
// producers have a statement each. reflect.Select takes any number and is several times slower; the counter
// effective_reflect_select says where it was used.
func selectFanIn(cell catalog.Cell, _ Setup) (gbench.Body, error) {
	producers, capacity := cell.Value("producers"), int(cell.Value("capacity"))
	if messages%producers != 0 {
		return nil, fmt.Errorf("cell %q: producers must divide %d", cell.Name(), messages)
	}
	receive, viaReflect := receiver(producers)
	share := messages / producers
	received := make([]message, messages)
	return func(s *gbench.State) error {
		channels := make([]chan uint64, producers)
		for p := range channels {
			channels[p] = make(chan uint64, capacity)
			go produce(channels[p], uint64(p), share)
		}
		s.ClockOn()
		receive(channels, received)
		elapsed := s.ClockOff()
		s.PerUnit("ns_per_message", elapsed, messages)
		s.Effective("reflect_select", viaReflect)
		return checkSelectFanIn(received, producers)
	}, nil
}

func produce(out chan<- uint64, producer, share uint64) {
	for k := uint64(0); k < share; k++ {
		out <- producer<<32 | k
	}
}

// receiver picks the way to receive from so many producers, and says 1 where it is by reflection.
func receiver(producers uint64) (receive func([]chan uint64, []message), viaReflect float64) {
	switch producers {
	case 4:
		return receive4, 0
	case 64:
		return receive64, 0
	}
	return receiveAny, 1
}

func receive4(channels []chan uint64, received []message) {
	c0, c1, c2, c3 := channels[0], channels[1], channels[2], channels[3]
	for i := range received {
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
		received[i] = message{p, v}
	}
}

func receiveAny(channels []chan uint64, received []message) {
	cases := make([]reflect.SelectCase, len(channels))
	for p, c := range channels {
		cases[p] = reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(c)}
	}
	for i := range received {
		p, v, _ := reflect.Select(cases)
		received[i] = message{p, v.Uint()}
	}
}

// checkSelectFanIn wants each producer's numbers complete and in order, from its own channel.
func checkSelectFanIn(received []message, producers uint64) error {
	next := make([]uint64, producers)
	for _, m := range received {
		if right := uint64(m.producer)<<32 | next[m.producer]; m.value != right {
			return outcome.Wrong("select_fan_in: %#x came from producer %d where %#x was due", m.value, m.producer, right)
		}
		next[m.producer]++
	}
	for p, n := range next {
		if n != messages/producers {
			return outcome.Wrong("select_fan_in: %d of %d values of producer %d arrived", n, messages/producers, p)
		}
	}
	return nil
}
