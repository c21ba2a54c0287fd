// Package catalog is the Go contender's copy of benchmarks/workloads/catalog.json: a Go program cannot embed a file
// from outside its module. A test holds the two together; the JSON file is the original.
package catalog

// Parameter is one parameter of a workload with its standard values.
type Parameter struct {
	Name     string
	Least    uint64 // the smallest value that makes sense; the catalogue file does not state it
	Standard []uint64
}

// Metric is what a workload reports.
type Metric struct{ Name, Unit, Better string }

// Workload is one entry of the catalogue. The order of Parameters is their order in a cell's name.
type Workload struct {
	Name       string
	Sentence   string
	Parameters []Parameter
	Uses       []string // the capabilities, by name
	Metrics    []Metric
}

// Workloads is the catalogue in its own order.
var Workloads = []Workload{
	{
		Name:       "spawn_join",
		Sentence:   "One task starts n tasks that each mark their own slot, and waits for all of them.",
		Parameters: []Parameter{{"n", 1, []uint64{1000, 10000, 100000}}},
		Uses:       []string{"go", "wait_group"},
		Metrics:    []Metric{{"ns_per_task", "ns", "lower"}},
	},
	{
		Name: "parked",
		Sentence: "n tasks are alive at once, every one blocked in a receive on the same channel, " +
			"until its close wakes them all.",
		Parameters: []Parameter{{"n", 1, []uint64{1000, 10000, 100000}}},
		Uses:       []string{"go", "wait_group", "unbuffered_channel"},
		Metrics: []Metric{
			{"bytes_per_task", "B", "lower"},
			{"bytes_per_task.resident", "B", "lower"},
			{"bytes_per_task.page_tables", "B", "lower"},
			{"bytes_per_task.kernel_stack", "B", "lower"},
			{"bytes_per_task.kernel_slab", "B", "lower"},
			{"bytes_per_task.reserved", "B", "lower"},
			{"create_ns_per_task", "ns", "lower"},
			{"wake_ns_per_task", "ns", "lower"},
		},
	},
	{
		Name:       "ping_pong",
		Sentence:   "Two tasks pass one value back and forth over a pair of channels; the second adds one each time.",
		Parameters: []Parameter{{"capacity", 0, []uint64{0, 1}}},
		Uses:       []string{"go", "unbuffered_channel", "buffered_channel"},
		Metrics:    []Metric{{"ns_per_round_trip", "ns", "lower"}},
	},
	{
		Name: "worker_pool",
		Sentence: "A fixed number of workers take jobs from one channel and send results into another, " +
			"which is closed when a wait group of the workers ends.",
		Parameters: []Parameter{
			{"workers", 1, []uint64{5, 100, 1000}},
			{"capacity", 0, []uint64{128}},
			{"jobs", 1, []uint64{100000}},
			{"work_ns", 0, []uint64{0, 10000}},
		},
		Uses:    []string{"go", "wait_group", "buffered_channel"},
		Metrics: []Metric{{"ns_per_job", "ns", "lower"}},
	},
	{
		Name:     "select_fan_in",
		Sentence: "Each producer sends into a channel of its own; one task receives from all of them by select.",
		Parameters: []Parameter{
			{"producers", 1, []uint64{4, 64}},
			{"capacity", 0, []uint64{0}},
		},
		Uses:    []string{"go", "select", "unbuffered_channel", "buffered_channel"},
		Metrics: []Metric{{"ns_per_message", "ns", "lower"}},
	},
	{
		Name: "skynet",
		Sentence: "A tree in which every node is a task with a channel of its own for its result; " +
			"an inner node starts ten children and adds up what they send.",
		Parameters: []Parameter{{"leaves", 1, []uint64{1000, 10000, 100000, 1000000}}},
		Uses:       []string{"go", "unbuffered_channel"},
		Metrics:    []Metric{{"ns_per_task", "ns", "lower"}},
	}, {
		Name:       "spawned",
		Sentence:   "n tasks have been started and none of them has run yet.",
		Parameters: []Parameter{{"n", 1, []uint64{1000, 10000, 100000}}},
		Uses:       []string{"held_start", "wait_group"},
		Metrics: []Metric{
			{"bytes_per_task", "B", "lower"},
			{"bytes_per_task.resident", "B", "lower"},
			{"bytes_per_task.page_tables", "B", "lower"},
			{"bytes_per_task.kernel_stack", "B", "lower"},
			{"bytes_per_task.kernel_slab", "B", "lower"},
			{"bytes_per_task.reserved", "B", "lower"},
		},
	},
	{
		Name: "idle",
		Sentence: "n tasks are parked and nothing happens for a while: " +
			"how much of the processor the runtime takes all the same.",
		Parameters: []Parameter{
			{"n", 1, []uint64{100000}},
			{"window_ms", 1, []uint64{2000}},
		},
		Uses:    []string{"go", "wait_group", "unbuffered_channel", "sleep_for"},
		Metrics: []Metric{{"cpu_ms", "ms", "lower"}},
	},
	{
		Name:       "sleep_beside_spin",
		Sentence:   "One task spins without giving way; beside it another sleeps 1 ms, again and again.",
		Parameters: []Parameter{{"spin_ms", 1, []uint64{2000}}},
		Uses:       []string{"go", "sleep_for"},
		Metrics: []Metric{
			{"sleep_p50_ms", "ms", "lower"},
			{"sleep_p99_ms", "ms", "lower"},
			{"sleep_max_ms", "ms", "lower"},
		},
	},
}
