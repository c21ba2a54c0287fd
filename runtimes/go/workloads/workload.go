// Package workloads holds the workloads, one a file, each with a sentence, a body and a checker that rejects a
// wrong answer. What is timed stands between ClockOn and ClockOff; everything else, checking too, is not.
//
// The garbage collector keeps its default (GOGC=100): that is what Go recommends and what its users run.
package workloads

import (
	"fmt"

	"threadmark/bench_go/catalog"
	"threadmark/bench_go/client"
	"threadmark/bench_go/gbench"
	"threadmark/bench_go/ledger"
)

// Setup is what bodies need besides their parameters.
type Setup struct {
	Ledger     *ledger.Ledger // nil: nobody looks at the memory
	Client     *client.Client // nil: nobody loads a server
	Variant    string         // the configuration; empty: the recommended one
	StepsPerUs func() uint64  // how many steps of the work loop make a microsecond; called by a running body that has work
}

// workload makes the body of a cell. An error says which value it cannot take.
//
// Bodies are reached through this table, so that each is compiled as it stands: inlined into one large function they
// would lose the compiler's own inlining.
type workload struct {
	body func(catalog.Cell, Setup) (gbench.Body, error)
	cold bool // runs once, without a warm-up: it is about the first time
}

var table = map[string]workload{
	"spawn_join":    {body: spawnJoin},
	"parked":        {body: parked, cold: true},
	"ping_pong":     {body: pingPong},
	"worker_pool":   {body: workerPool},
	"select_fan_in": {body: selectFanIn},
	"skynet":        {body: skynet},

	"spawned":           {body: spawned, cold: true},
	"idle":              {body: idle, cold: true},
	"sleep_beside_spin": {body: sleepBesideSpin, cold: true},

	"memory_over_time":  {body: memoryOverTime, cold: true},
	"laptop":            {body: laptop, cold: true},
	"backend":           {body: backend, cold: true},
	"leaked":            {body: leaked, cold: true},
	"cancel_tree":       {body: cancelTree, cold: true},
	"smallest_task":     {body: smallestTask, cold: true},
	"waits_in_parallel": {body: waitsInParallel, cold: true},
	"shared_by_mutex":   {body: sharedByMutex},
	"shared_by_channel": {body: sharedByChannel},
	"hand_off_latency":  {body: handOffLatency, cold: true},
	"wake_latency":      {body: wakeLatency, cold: true},
	"timer_error":       {body: timerError, cold: true},

	"echo_server":      {body: echoServer, cold: true},
	"idle_connections": {body: idleConnections, cold: true},
}

// Cold says whether the workload runs once, without a warm-up.
func Cold(name string) bool { return table[name].cold }

// New makes the body of a cell.
func New(cell catalog.Cell, setup Setup) (gbench.Body, error) {
	w, known := table[cell.Workload.Name]
	if !known {
		return nil, fmt.Errorf("workload %q is in the catalogue but not in Go", cell.Workload.Name)
	}
	return w.body(cell, setup)
}
