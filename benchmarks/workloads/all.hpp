// The list of the workloads, once. A new workload is a header, a line here and an entry in catalog.json.
#pragma once

#include "idle.hpp"
#include "parked.hpp"
#include "ping_pong.hpp"
#include "select_fan_in.hpp"
#include "skynet.hpp"
#include "sleep_beside_spin.hpp"
#include "spawn_join.hpp"
#include "spawned.hpp"
#include "worker_pool.hpp"

namespace threadmark::workloads {

template <class... W>
struct workload_list {};

using all =
    workload_list<spawn_join, parked, ping_pong, worker_pool, select_fan_in, skynet, spawned, idle, sleep_beside_spin>;

}  // namespace threadmark::workloads
