// The list of the workloads, once. A new workload is a header, a line here and an entry in catalog.json.
#pragma once

#include "parked.hpp"
#include "ping_pong.hpp"
#include "select_fan_in.hpp"
#include "skynet.hpp"
#include "spawn_join.hpp"
#include "worker_pool.hpp"

namespace threadmark::workloads {

template <class... W>
struct workload_list {};

using all = workload_list<spawn_join, parked, ping_pong, worker_pool, select_fan_in, skynet>;

}  // namespace threadmark::workloads
