package machine

import (
	"math"
	"os"
	"runtime"
	"strconv"
	"strings"
)

// CPUs is the number of processors of the machine, whatever this process may use of them.
func CPUs() int {
	if n := len(cpuinfo("processor")); n > 0 {
		return n
	}
	return runtime.NumCPU()
}

// MHz is the nominal clock of the first processor, or 0 where it is not known.
func MHz() int {
	if text, err := os.ReadFile("/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq"); err == nil {
		if khz, err := strconv.ParseFloat(strings.TrimSpace(string(text)), 64); err == nil {
			return int(math.Round(khz / 1000))
		}
	}
	for _, value := range cpuinfo("cpu MHz") {
		if mhz, err := strconv.ParseFloat(value, 64); err == nil {
			return int(math.Round(mhz))
		}
	}
	return 0
}

// LoadAverage is the machine's load over 1, 5 and 15 minutes; empty where it is not known.
func LoadAverage() []float64 {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return []float64{}
	}
	loads := make([]float64, 0, 3)
	for _, field := range strings.Fields(string(text)) {
		load, err := strconv.ParseFloat(field, 64)
		if err != nil || len(loads) == 3 {
			break
		}
		loads = append(loads, load)
	}
	return loads
}

// cpuinfo returns the values of a key, one for each processor that has it.
func cpuinfo(key string) []string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return nil
	}
	var values []string
	for _, line := range strings.Split(string(text), "\n") {
		if name, value, found := strings.Cut(line, ":"); found && strings.TrimSpace(name) == key {
			values = append(values, strings.TrimSpace(value))
		}
	}
	return values
}
