package workloads

import (
	"context"
	"errors"
	"sync"
	"time"

	"threadmark/bench_go/catalog"
	"threadmark/bench_go/gbench"
	"threadmark/bench_go/outcome"
)

// contextTree is a tree of contexts, each with a task that waits for its end and notes why it ended.
type contextTree struct {
	contexts       []context.Context
	cancels        []context.CancelFunc
	reasons        []error
	arrived, ended sync.WaitGroup
}

func newContextTree(n int) *contextTree {
	return &contextTree{
		contexts: make([]context.Context, n),
		cancels:  make([]context.CancelFunc, n),
		reasons:  make([]error, n),
	}
}

func (t *contextTree) startAll(fanOut int) {
	t.arrived.Add(len(t.contexts))
	t.ended.Add(len(t.contexts))
	for i := range t.contexts {
		parent := context.Background()
		if i > 0 {
			parent = t.contexts[(i-1)/fanOut]
		}
		t.contexts[i], t.cancels[i] = context.WithCancel(parent)
		go t.wait(i)
	}
}

func (t *contextTree) wait(i int) {
	ctx := t.contexts[i]
	t.arrived.Done()
	select { // where a task does more than wait, its other cases stand here
	case <-ctx.Done():
		t.reasons[i] = ctx.Err()
	}
	t.ended.Done()
}

// A tree of n contexts, each with a task that waits for its end; the root is cancelled.
func cancelTree(cell catalog.Cell, _ Setup) (gbench.Body, error) {
	n, fanOut := cell.Value("n"), int(cell.Value("fan_out"))
	return func(s *gbench.State) error {
		tree := newContextTree(int(n))
		s.ClockOn()
		tree.startAll(fanOut)
		tree.arrived.Wait()
		s.PerUnit("create_ns_per_task", s.ClockOff(), n)

		time.Sleep(settle)
		s.ClockOn()
		tree.cancels[0]()
		tree.ended.Wait()
		s.PerUnit("ns_per_task", s.ClockOff(), n)

		for _, cancel := range tree.cancels { // every context's is to be called; here it finds nothing to do
			cancel()
		}
		return checkCancelTree(tree.reasons)
	}, nil
}

func checkCancelTree(reasons []error) error {
	for i, reason := range reasons {
		if !errors.Is(reason, context.Canceled) {
			return outcome.Wrong("cancel_tree: the end of context %d of %d is %v, not %v", i, len(reasons), reason,
				context.Canceled)
		}
	}
	return nil
}
