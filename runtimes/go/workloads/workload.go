// Package workloads holds the six workloads, one a file, each with a sentence, a body and a checker that rejects a
// wrong answer. What is timed stands between ClockOn and ClockOff; everything else is set-up.
//
// The garbage collector keeps its default (GOGC=100): that is what Go recommends and what its users run.
package workloads

import (
	"fmt"

	"threadmark/bench_go/catalog"
	"threadmark/bench_go/gbench"
	"threadmark/bench_go/ledger"
	"threadmark/bench_go/spin"
)

// Setup is what bodies need besides their parameters.
type Setup struct {
	Ledger     *ledger.Ledger // nil: nobody looks at the memory
	StepsPerUs func() uint64  // how many steps of the work loop make a microsecond; called only where there is work
}

// Cold says whether the workload runs once, without a warm-up: it is about the first time.
func Cold(workload string) bool { return workload == "parked" }

// New makes the body of a cell. An error says which value the workload cannot take.
func New(cell catalog.Cell, setup Setup) (gbench.Body, error) {
	switch cell.Workload.Name {
	case "spawn_join":
		return spawnJoin(int(cell.Value("n"))), nil
	case "parked":
		return parked(int(cell.Value("n")), setup.Ledger), nil
	case "ping_pong":
		return pingPong(int(cell.Value("capacity"))), nil
	case "worker_pool":
		work := jobWork{none: true}
		if ns := cell.Value("work_ns"); ns > 0 {
			perUs := setup.StepsPerUs()
			work = jobWork{steps: spin.StepsFor(ns, perUs), stepsPerUs: perUs}
		}
		return workerPool(int(cell.Value("workers")), int(cell.Value("capacity")), cell.Value("jobs"), work), nil
	case "select_fan_in":
		producers := cell.Value("producers")
		if messages%producers != 0 {
			return nil, fmt.Errorf("cell %q: producers must divide %d", cell.Name(), messages)
		}
		return selectFanIn(int(producers), int(cell.Value("capacity"))), nil
	case "skynet":
		leaves := cell.Value("leaves")
		if !powerOfTen(leaves) {
			return nil, fmt.Errorf("cell %q: leaves must be a power of ten", cell.Name())
		}
		return skynet(leaves), nil
	}
	return nil, fmt.Errorf("workload %q is in the catalogue but not in Go", cell.Workload.Name)
}
