package workloads

import "threadmark/bench_go/outcome"

// sharedTable is what several tasks update. Update k adds k to one of the sums.
type sharedTable [64]uint64

func (t *sharedTable) update(k uint64) { t[k%uint64(len(t))] += k }

// checkTable wants each of the updates 0..updates-1 once.
func checkTable(workload string, table *sharedTable, updates uint64) error {
	width := uint64(len(table))
	for i, sum := range table {
		first, terms := uint64(i), uint64(0) // first, first+width, first+2·width, …
		if first < updates {
			terms = (updates-first-1)/width + 1
		}
		if right := terms*first + width*(terms*(terms-1)/2); sum != right {
			return outcome.Wrong("%s: sum %d is %d, not %d", workload, i, sum, right)
		}
	}
	return nil
}
