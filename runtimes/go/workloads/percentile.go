package workloads

import "time"

// percentile is the least of the values that so many of a thousand do not exceed: the nearest rank.
func percentile(sorted []time.Duration, perMille int) time.Duration {
	return sorted[(perMille*len(sorted)+999)/1000-1]
}
