// The verbs. Each returns the exit code, and throws usage_error, broken or interrupted.
#pragma once

#include "child/signals.hpp"
#include "verbs/options.hpp"

namespace threadmark::conductor {

int run_verb(const options& o, signals& ours);
int list_verb(const options& o, signals& ours);
int doctor_verb(const options& o, signals& ours);
int limits_verb(const options& o, signals& ours);
int claim_verb(const options& o);
int compare_verb(const options& o);

}  // namespace threadmark::conductor
