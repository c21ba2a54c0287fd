#include "verbs/python.hpp"
#include "verbs/verbs.hpp"

namespace threadmark::conductor {

/// Two runs are compared by the analysis (analysis/two_runs.py) and set side by side by the reports.
int compare_verb(const options& o) {
  become_python("compare", "reports.compare", o.rest);
}

}  // namespace threadmark::conductor
