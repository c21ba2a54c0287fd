#pragma once

namespace threadmark::conformance {

/// How many cores the runtime under test is given: THREADMARK_CORES, read once.
unsigned cores();

}  // namespace threadmark::conformance
