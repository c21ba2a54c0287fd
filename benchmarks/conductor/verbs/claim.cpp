#include "verbs/python.hpp"
#include "verbs/verbs.hpp"

namespace threadmark::conductor {

/// The claims and how they are judged are data and Python (reports/).
int claim_verb(const options& o) {
  become_python("claim", "reports.claim", o.rest);
}

}  // namespace threadmark::conductor
