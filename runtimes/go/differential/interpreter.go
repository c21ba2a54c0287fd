package main

import (
	"reflect"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

type message struct {
	value uint64
	reply int
}

type tally struct{ count, sum, order uint64 }

func (t *tally) add(value uint64) {
	atomic.AddUint64(&t.count, 1)
	atomic.AddUint64(&t.sum, mix(value))
}

type wire struct {
	plan    ChannelPlan
	ch      chan message
	senders int32
	sending sync.WaitGroup
	closed  chan struct{}
	passed  tally
}

func (w *wire) close() {
	close(w.ch)
	close(w.closed)
}

func (w *wire) senderEnds() {
	if w.plan.Closer {
		w.sending.Done()
	} else if atomic.AddInt32(&w.senders, -1) == 0 {
		w.close()
	}
}

type interpreter struct {
	wires                 []*wire
	gates                 []sync.WaitGroup
	mutexes               []sync.Mutex
	sums                  []uint64
	digests               []tally
	tasks                 sync.WaitGroup
	refused, began, ended uint64
}

// Run returns when every task of the program has ended.
func Run(p *Program) Result {
	r := &interpreter{
		gates:   make([]sync.WaitGroup, len(p.Gates)),
		mutexes: make([]sync.Mutex, p.Sums),
		sums:    make([]uint64, p.Sums),
		digests: make([]tally, p.Digests),
	}
	for _, c := range p.Channels {
		w := &wire{plan: c, ch: make(chan message, c.Capacity), senders: int32(c.Producers), closed: make(chan struct{})}
		w.sending.Add(c.Producers)
		r.wires = append(r.wires, w)
	}
	for i, tasks := range p.Gates {
		r.gates[i].Add(tasks)
	}
	r.start(p)
	r.tasks.Wait()
	return r.take()
}

func (r *interpreter) start(p *Program) {
	for _, w := range r.wires {
		w := w
		if w.plan.Closer {
			r.goTask(func() {
				w.sending.Wait()
				w.close()
			})
		}
	}
	for i := range p.Stages {
		s := &p.Stages[i]
		for worker := 0; worker < s.Workers; worker++ {
			worker := worker
			r.goTask(func() { r.run(s, worker) })
		}
	}
}

func (r *interpreter) goTask(f func()) {
	atomic.AddUint64(&r.began, 1)
	r.tasks.Add(1)
	go func() {
		defer r.tasks.Done()
		f()
		atomic.AddUint64(&r.ended, 1)
	}()
}

func (r *interpreter) take() Result {
	result := Result{Sums: r.sums, Digests: []Digest{}, Channels: []Digest{},
		Refused: r.refused, Began: r.began, Ended: r.ended}
	for _, d := range r.digests {
		result.Digests = append(result.Digests, Digest{d.count, d.sum, d.order})
	}
	for _, w := range r.wires {
		if w.plan.Counted {
			result.Channels = append(result.Channels, Digest{w.passed.count, w.passed.sum, w.passed.order})
		}
	}
	return result
}

// Giving and taking

func (r *interpreter) give(how Manner, to int, m message) {
	ch := r.wires[to].ch
	switch how {
	case Plain:
		ch <- m
	case Select:
		var never chan message
		select {
		case <-never:
		case ch <- m:
		}
	case Timeout:
		for us := 0; ; us++ {
			timer := time.NewTimer(time.Duration(us%50) * time.Microsecond)
			select {
			case ch <- m:
				timer.Stop()
				return
			case <-timer.C:
			}
		}
	case TryAgain:
		for {
			select {
			case ch <- m:
				return
			default:
				pause()
			}
		}
	}
}

func (r *interpreter) receive(how Manner, from int) (m message, open bool) {
	w := r.wires[from]
	m, open = receiveFrom(how, w.ch)
	if open && w.plan.Counted {
		w.passed.add(m.value)
	}
	return m, open
}

func receiveFrom(how Manner, ch chan message) (m message, open bool) {
	switch how {
	case Select:
		var never chan message
		select {
		case never <- m:
		case m, open = <-ch:
		}
	case Timeout:
		for us := 0; ; us++ {
			timer := time.NewTimer(time.Duration(us%50) * time.Microsecond)
			select {
			case m, open = <-ch:
				timer.Stop()
				return m, open
			case <-timer.C:
			}
		}
	case TryAgain:
		for {
			select {
			case m, open = <-ch:
				return m, open
			default:
				pause()
			}
		}
	default:
		m, open = <-ch
	}
	return m, open
}

func pause() { time.Sleep(20 * time.Microsecond) }

// The stages. A task that has sent its last value says so to each of its channels.

func (r *interpreter) run(s *Stage, worker int) {
	switch s.Kind {
	case "source":
		r.source(s)
	case "map":
		r.mapAll(s)
	case "merge":
		r.merge(s)
	case "zip":
		r.zip(s)
	case "call":
		r.call(s, worker)
	case "server":
		r.serve(s)
	case "tree":
		r.give(s.Give, s.Outs[0], message{value: r.leaves(s, s.Depth, s.Seed)})
	case "count":
		r.addUp(s)
	case "sink":
		r.sink(s)
	case "late":
		r.beLate(s)
	default:
		panic("unknown kind of stage: " + s.Kind)
	}
	for _, out := range s.Outs {
		r.wires[out].senderEnds()
	}
}

func (r *interpreter) source(s *Stage) {
	if s.Gate >= 0 {
		r.gates[s.Gate].Wait()
	}
	for i := uint64(0); i < s.N; i++ {
		r.give(s.Give, s.Outs[0], message{value: mix(s.Seed + i)})
	}
}

func (r *interpreter) mapAll(s *Stage) {
	for {
		m, open := r.receive(s.Take, s.Ins[0])
		if !open {
			return
		}
		if s.Drop > 0 && m.value%s.Drop == 0 {
			continue
		}
		out := message{value: s.Mul*m.value + s.Add}
		switch {
		case len(s.Outs) == 1:
			r.give(s.Give, s.Outs[0], out)
		case s.ToAll:
			for _, to := range s.Outs {
				r.give(s.Give, to, out)
			}
		default:
			r.giveAny(s, out)
		}
	}
}

// giveAny gives to two or three channels, whichever is ready.
func (r *interpreter) giveAny(s *Stage, m message) {
	var ch [3]chan message
	for i, out := range s.Outs {
		ch[i] = r.wires[out].ch
	}
	select {
	case ch[0] <- m:
	case ch[1] <- m:
	case ch[2] <- m:
	}
}

func (r *interpreter) merge(s *Stage) {
	from := append([]int(nil), s.Ins...)
	for len(from) > 0 {
		i, m, open := r.receiveAny(from)
		if !open {
			from = append(from[:i], from[i+1:]...)
			continue
		}
		if w := r.wires[from[i]]; w.plan.Counted {
			w.passed.add(m.value)
		}
		r.give(s.Give, s.Outs[0], m)
	}
}

// receiveAny is the select statement where there are two, and else the one over any number.
func (r *interpreter) receiveAny(from []int) (i int, m message, open bool) {
	if len(from) == 2 {
		select {
		case m, open = <-r.wires[from[0]].ch:
			return 0, m, open
		case m, open = <-r.wires[from[1]].ch:
			return 1, m, open
		}
	}
	cases := make([]reflect.SelectCase, len(from))
	for k, c := range from {
		cases[k] = reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(r.wires[c].ch)}
	}
	i, v, open := reflect.Select(cases)
	if !open {
		return i, m, false
	}
	m.value, m.reply = v.Field(0).Uint(), int(v.Field(1).Int())
	return i, m, true
}

func (r *interpreter) zip(s *Stage) {
	for {
		a, openA := r.receive(s.Take, s.Ins[0])
		b, openB := r.receive(s.Take, s.Ins[1])
		if !openA && !openB {
			return
		}
		r.give(s.Give, s.Outs[0], message{value: 3*a.value + b.value})
	}
}

func (r *interpreter) call(s *Stage, worker int) {
	reply := s.Replies[worker]
	for {
		m, open := r.receive(s.Take, s.Ins[0])
		if !open {
			break
		}
		r.wires[s.Server].ch <- message{value: m.value, reply: reply}
		r.give(s.Give, s.Outs[0], <-r.wires[reply].ch)
	}
	r.wires[s.Server].senderEnds()
}

func (r *interpreter) serve(s *Stage) {
	for {
		m, open := r.receive(s.Take, s.Server)
		if !open {
			return
		}
		r.wires[m.reply].ch <- message{value: s.Mul*m.value + s.Add}
	}
}

func (r *interpreter) leaves(s *Stage, depth int, at uint64) uint64 {
	if depth == 0 {
		return mix(at)
	}
	capacity := 1
	if s.Width%3 == 0 {
		capacity = 0
	}
	in := make(chan message, capacity)
	for i := 0; i < s.Width; i++ {
		below := at*uint64(s.Width) + uint64(i) + 1
		r.goTask(func() { in <- message{value: r.leaves(s, depth-1, below)} })
	}
	sum := uint64(0)
	for i := 0; i < s.Width; i++ {
		sum += (<-in).value
	}
	return sum
}

func (r *interpreter) addUp(s *Stage) {
	for i := uint64(0); i < s.N; i++ {
		r.mutexes[s.Sum].Lock()
		before := r.sums[s.Sum]
		if i%8 == 0 {
			runtime.Gosched() // while it holds the mutex
		}
		r.sums[s.Sum] = before + mix(s.Seed+i)
		r.mutexes[s.Sum].Unlock()
	}
	if s.Gate >= 0 {
		r.gates[s.Gate].Done()
	}
}

func (r *interpreter) sink(s *Stage) {
	order := uint64(0)
	for {
		m, open := r.receive(s.Take, s.Ins[0])
		if !open {
			break
		}
		r.digests[s.Digest].add(m.value)
		order = mix(order + m.value)
	}
	if s.Ordered {
		atomic.AddUint64(&r.digests[s.Digest].order, order)
	}
}

func (r *interpreter) beLate(s *Stage) {
	w := r.wires[s.Ins[0]]
	<-w.closed
	refuses := func(f func()) {
		defer func() {
			if recover() != nil {
				atomic.AddUint64(&r.refused, 1)
			}
		}()
		f()
	}
	refuses(func() { w.ch <- message{} })
	refuses(func() { close(w.ch) })
	if !w.plan.Plain {
		refuses(func() {
			select {
			case w.ch <- message{}:
			}
		})
	}
}
