// The list of the workloads, once. A new workload is a header, a line here and an entry in catalog.json.
#pragma once

#include "backend.hpp"
#include "cancel_tree.hpp"
#include "echo_server.hpp"
#include "hand_off_latency.hpp"
#include "idle.hpp"
#include "idle_connections.hpp"
#include "laptop.hpp"
#include "leaked.hpp"
#include "memory_over_time.hpp"
#include "parked.hpp"
#include "ping_pong.hpp"
#include "select_fan_in.hpp"
#include "shared_by_channel.hpp"
#include "shared_by_mutex.hpp"
#include "skynet.hpp"
#include "sleep_beside_spin.hpp"
#include "smallest_task.hpp"
#include "spawn_join.hpp"
#include "spawned.hpp"
#include "timer_error.hpp"
#include "waits_in_parallel.hpp"
#include "wake_latency.hpp"
#include "worker_pool.hpp"

namespace threadmark::workloads {

template <class... W>
struct workload_list {};

using all = workload_list<spawn_join, parked, ping_pong, worker_pool, select_fan_in, skynet, spawned, idle,
                          sleep_beside_spin, memory_over_time, laptop, backend, leaked, cancel_tree, smallest_task,
                          waits_in_parallel, shared_by_mutex, shared_by_channel, hand_off_latency, wake_latency,
                          timer_error, echo_server, idle_connections>;

}  // namespace threadmark::workloads
