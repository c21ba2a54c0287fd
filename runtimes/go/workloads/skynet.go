package workloads

import (
	"fmt"

	"threadmark/bench_go/catalog"
	"threadmark/bench_go/gbench"
	"threadmark/bench_go/outcome"
)

// children is how many children an inner node has.
const children = 10

// A tree in which every node is a task with a channel of its own for its result; an inner node starts ten children
// and adds up what they send.
func skynet(cell catalog.Cell, _ Setup) (gbench.Body, error) {
	leaves := cell.Value("leaves")
	if !powerOfTen(leaves) {
		return nil, fmt.Errorf("cell %q: leaves must be a power of ten", cell.Name())
	}
	return func(s *gbench.State) error {
		s.ClockOn()
		result := make(chan uint64)
		go node(result, 0, leaves)
		sum := <-result
		elapsed := s.ClockOff()
		s.PerUnit("ns_per_task", elapsed, nodes(leaves))
		return checkSkynet(leaves, sum)
	}, nil
}

// node sends the sum of the numbers first..first+size-1.
func node(result chan<- uint64, first, size uint64) {
	if size == 1 {
		result <- first
		return
	}
	size /= children
	var results [children]chan uint64
	for i := range results {
		results[i] = make(chan uint64)
		go node(results[i], first+uint64(i)*size, size)
	}
	sum := uint64(0)
	for _, child := range results {
		sum += <-child
	}
	result <- sum
}

// nodes is how many nodes a tree with so many leaves has, itself and everything above the leaves included.
func nodes(leaves uint64) uint64 {
	total := uint64(0)
	for level := leaves; level > 0; level /= children {
		total += level
	}
	return total
}

func powerOfTen(n uint64) bool {
	for n >= 10 && n%10 == 0 {
		n /= 10
	}
	return n == 1
}

func checkSkynet(leaves, sum uint64) error {
	if right := leaves * (leaves - 1) / 2; sum != right {
		return outcome.Wrong("skynet: the tree adds up to %d, not %d", sum, right)
	}
	return nil
}
