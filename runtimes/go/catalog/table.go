package catalog

// bytesPerTask is what the memory ledger makes of a moment: the conductor's to compute.
var bytesPerTask = []Metric{
	{"bytes_per_task", "B", "lower"},
	{"bytes_per_task.resident", "B", "lower"},
	{"bytes_per_task.page_tables", "B", "lower"},
	{"bytes_per_task.kernel_stack", "B", "lower"},
	{"bytes_per_task.kernel_slab", "B", "lower"},
	{"bytes_per_task.reserved", "B", "lower"},
}

// bytesPerConnection is the same of the moment at which connections are open.
var bytesPerConnection = []Metric{
	{"bytes_per_connection", "B", "lower"},
	{"bytes_per_connection.resident", "B", "lower"},
	{"bytes_per_connection.page_tables", "B", "lower"},
	{"bytes_per_connection.kernel_stack", "B", "lower"},
	{"bytes_per_connection.kernel_slab", "B", "lower"},
	{"bytes_per_connection.reserved", "B", "lower"},
}

// percentiles is what the workloads about single waits report.
var percentiles = []Metric{
	{"p50_ns", "ns", "lower"},
	{"p90_ns", "ns", "lower"},
	{"p99_ns", "ns", "lower"},
	{"p999_ns", "ns", "lower"},
	{"clock_ns", "ns", "lower"},
}

// with is a group of metrics and more behind it.
func with(group []Metric, more ...Metric) []Metric {
	return append(group[:len(group):len(group)], more...)
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
		Metrics: with(bytesPerTask,
			Metric{"bytes_per_task.stack", "B", "lower"},
			Metric{"bytes_per_task.control_block", "B", "lower"},
			Metric{"bytes_per_task.heap", "B", "lower"},
			Metric{"bytes_per_task.whole", "B", "lower"},
			Metric{"bytes_per_task.not_accounted", "B", "lower"},
			Metric{"create_ns_per_task", "ns", "lower"},
			Metric{"wake_ns_per_task", "ns", "lower"},
			Metric{"os_threads", "threads", "lower"}),
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
	},
	{
		Name:       "spawned",
		Sentence:   "n tasks have been started and none of them has run yet.",
		Parameters: []Parameter{{"n", 1, []uint64{1000, 10000, 100000}}},
		Uses:       []string{"held_start", "wait_group"},
		Metrics:    bytesPerTask,
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
	{
		Name: "memory_over_time",
		Sentence: "n tasks park, go deep into their stacks, come back, are left alone and end; " +
			"the memory that they hold is read at each of these moments.",
		Parameters: []Parameter{
			{"n", 1, []uint64{1000}},
			{"depth_bytes", 1, []uint64{1024, 16384, 65536, 1048576}},
			{"idle_ms", 1, []uint64{1000}},
		},
		Uses: []string{"go", "wait_group", "unbuffered_channel", "sleep_for"},
		Metrics: []Metric{
			{"parked_bytes_per_task", "B", "lower"},
			{"deep_bytes_per_task", "B", "lower"},
			{"returned_bytes_per_task", "B", "lower"},
			{"idle_bytes_per_task", "B", "lower"},
			{"asked_bytes_per_task", "B", "lower"},
			{"ended_bytes_per_task", "B", "lower"},
		},
	},
	{
		Name: "laptop",
		Sentence: "n tasks are alive at once, each with a small request in its hands, " +
			"on a machine of so much memory.",
		Parameters: []Parameter{
			{"n", 1, []uint64{100000}},
			{"memory_mb", 1, []uint64{8192}},
		},
		Uses:    []string{"go", "wait_group", "unbuffered_channel"},
		Metrics: bytesPerTask,
	},
	{
		Name: "backend",
		Sentence: "Many tasks call a backend that refuses more than so many calls at once: " +
			"each for itself, or through a pool of workers.",
		Parameters: []Parameter{
			{"tasks", 1, []uint64{10000}},
			{"connections", 1, []uint64{100}},
			{"pool", 0, []uint64{0, 100}},
			{"call_us", 1, []uint64{1000}},
		},
		Uses: []string{"go", "wait_group", "buffered_channel", "sleep_for"},
		Metrics: []Metric{
			{"errors", "calls", "lower"},
			{"most_in_flight", "calls", "lower"},
			{"ns_per_call", "ns", "lower"},
		},
	},
	{
		Name:     "leaked",
		Sentence: "n tasks wait in channels that nobody will ever send into or close.",
		Parameters: []Parameter{
			{"n", 1, []uint64{1000, 10000, 100000}},
			{"idle_ms", 1, []uint64{1000}},
		},
		Uses: []string{"go", "wait_group", "unbuffered_channel", "sleep_for"},
		Metrics: with(bytesPerTask,
			Metric{"aged_bytes_per_task", "B", "lower"},
			Metric{"listed", "tasks", "higher"}),
	},
	{
		Name:     "cancel_tree",
		Sentence: "A tree of n contexts, each with a task that waits for its end; the root is cancelled.",
		Parameters: []Parameter{
			{"n", 1, []uint64{1000, 100000}},
			{"fan_out", 1, []uint64{10}},
		},
		Uses: []string{"go", "wait_group", "select", "cancellation"},
		Metrics: []Metric{
			{"create_ns_per_task", "ns", "lower"},
			{"ns_per_task", "ns", "lower"},
		},
	},
	{
		Name:       "smallest_task",
		Sentence:   "The same work is cut into ever shorter tasks until half of the time goes into starting them.",
		Parameters: []Parameter{{"total_ms", 1, []uint64{20}}},
		Uses:       []string{"go", "wait_group"},
		Metrics:    []Metric{{"metg_ns", "ns", "lower"}},
	},
	{
		Name:     "waits_in_parallel",
		Sentence: "One task starts n others that each wait, and goes on.",
		Parameters: []Parameter{
			{"n", 1, []uint64{1000, 10000}},
			{"wait_ms", 1, []uint64{50}},
		},
		Uses: []string{"go", "wait_group", "sleep_for"},
		Metrics: []Metric{
			{"times_the_wait", "×", "lower"},
			{"held_up_ns", "ns", "lower"},
		},
	},
	{
		Name:     "shared_by_mutex",
		Sentence: "Several tasks update one table, each under the same mutex.",
		Parameters: []Parameter{
			{"tasks", 1, []uint64{8}},
			{"updates", 1, []uint64{100000}},
		},
		Uses:    []string{"go", "wait_group", "mutex"},
		Metrics: []Metric{{"ns_per_update", "ns", "lower"}},
	},
	{
		Name:     "shared_by_channel",
		Sentence: "Several tasks send their updates of one table to the task that owns it.",
		Parameters: []Parameter{
			{"tasks", 1, []uint64{8}},
			{"updates", 1, []uint64{100000}},
		},
		Uses:    []string{"go", "wait_group", "buffered_channel"},
		Metrics: []Metric{{"ns_per_update", "ns", "lower"}},
	},
	{
		Name: "hand_off_latency",
		Sentence: "One task hands a time to another that waits for it, over a channel without capacity: " +
			"how old it is when it arrives.",
		Parameters: []Parameter{{"samples", 1, []uint64{20000}}},
		Uses:       []string{"go", "unbuffered_channel"},
		Metrics:    percentiles,
	},
	{
		Name:     "wake_latency",
		Sentence: "The same, after nothing has happened for a while.",
		Parameters: []Parameter{
			{"samples", 1, []uint64{2000}},
			{"gap_us", 1, []uint64{200}},
		},
		Uses:    []string{"go", "unbuffered_channel", "sleep_for"},
		Metrics: percentiles,
	},
	{
		Name:     "timer_error",
		Sentence: "One task sleeps, again and again: how much longer than it asked for.",
		Parameters: []Parameter{
			{"samples", 1, []uint64{1000}},
			{"delay_us", 1, []uint64{1000}},
		},
		Uses:    []string{"sleep_for"},
		Metrics: percentiles,
	},
	{
		Name:     "echo_server",
		Sentence: "A small HTTP/1.1 server with a task for each connection, loaded by a client outside of its process.",
		Parameters: []Parameter{
			{"connections", 1, []uint64{100, 1000, 10000}},
			{"route", 0, []uint64{0, 1, 2}},
			{"share_percent", 1, []uint64{50}},
		},
		Uses: []string{"go", "wait_group", "sleep_for", "network"},
		Metrics: []Metric{
			{"requests_per_s", "1/s", "higher"},
			{"cpu_us_per_request", "µs", "lower"},
			{"at50_p50_us", "µs", "lower"},
			{"at50_p99_us", "µs", "lower"},
			{"at50_p999_us", "µs", "lower"},
			{"at75_p50_us", "µs", "lower"},
			{"at75_p99_us", "µs", "lower"},
			{"at75_p999_us", "µs", "lower"},
			{"at90_p50_us", "µs", "lower"},
			{"at90_p99_us", "µs", "lower"},
			{"at90_p999_us", "µs", "lower"},
			{"errors", "requests", "lower"},
			{"server_cpu_percent", "%", "higher"},
			{"client_cpu_percent", "%", "lower"},
			{"client_lag_p99_us", "µs", "lower"},
		},
	},
	{
		Name:       "idle_connections",
		Sentence:   "The same server with n connections open over which nothing comes.",
		Parameters: []Parameter{{"n", 1, []uint64{1000, 10000, 100000}}},
		Uses:       []string{"go", "wait_group", "network"},
		Metrics:    bytesPerConnection,
	},
}
