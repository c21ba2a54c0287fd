// All of mn's network.
#pragma once

#include "mn/net/connect.hpp"        // IWYU pragma: export
#include "mn/net/endpoint.hpp"       // IWYU pragma: export
#include "mn/net/listener.hpp"       // IWYU pragma: export
#include "mn/net/lookup.hpp"         // IWYU pragma: export
#include "mn/net/on_readable.hpp"    // IWYU pragma: export
#include "mn/net/stream.hpp"         // IWYU pragma: export
#include "mn/net/when_readable.hpp"  // IWYU pragma: export
