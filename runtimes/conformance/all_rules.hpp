#pragma once

#include "conformance/channel_rules.hpp"
#include "conformance/close_rules.hpp"
#include "conformance/context_rules.hpp"
#include "conformance/held_rules.hpp"
#include "conformance/label_rules.hpp"
#include "conformance/network_rules.hpp"
#include "conformance/race_detector_rules.hpp"
#include "conformance/select_rules.hpp"
#include "conformance/sync_rules.hpp"
#include "conformance/traffic_rules.hpp"
