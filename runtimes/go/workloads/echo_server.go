package workloads

import (
	"fmt"
	"os"

	"threadmark/bench_go/catalog"
	"threadmark/bench_go/client"
	"threadmark/bench_go/gbench"
	"threadmark/bench_go/outcome"
)

// answeredCount is the client's count of answers: no metric, but what the server's own count is held against.
const answeredCount = "answered"

// A small HTTP/1.1 server with a task for each connection, loaded by a client outside of its process.
func echoServer(cell catalog.Cell, setup Setup) (gbench.Body, error) {
	connections, route, share := cell.Value("connections"), cell.Value("route"), cell.Value("share_percent")
	if route >= uint64(len(paths)) {
		return nil, fmt.Errorf("cell %q: route must be 0, 1 or 2", cell.Name())
	}
	if share > 100 {
		return nil, fmt.Errorf("cell %q: share_percent must be 100 at most", cell.Name())
	}
	return func(s *gbench.State) error {
		if err := setup.Client.There(); err != nil {
			return err
		}
		stepsPerUs := setup.StepsPerUs()
		h, err := startService(setup.Variant, stepsPerUs)
		if err != nil {
			return err
		}
		defer h.listener.Close() // where it ends otherwise than well

		s.ClockOn()
		metrics, err := setup.Client.Measure(os.Getpid(), h.port(), connections, paths[route], share)
		if err != nil {
			return err
		}
		s.ClockOff()
		h.stop()

		for name, value := range metrics {
			if name != answeredCount {
				s.Report(name, value)
			}
		}
		if paths[route] == "/work" {
			s.Effective("spin_steps_per_us", float64(stepsPerUs))
		}
		return checkEchoServer(paths[route], h.answered.Load(), metrics)
	}, nil
}

func checkEchoServer(path string, answered int64, metrics client.Metrics) error {
	counted, said := metrics[answeredCount]
	if !said {
		return outcome.Misconfiguredf("the client does not say how many requests were answered")
	}
	if float64(answered) < counted {
		return outcome.Wrong("echo_server: the client counts %.0f answers, the server %d", counted, answered)
	}
	median, said := metrics["at50_p50_us"]
	if path == "/wait" && said && median < float64(waitTime.Microseconds()) {
		return outcome.Wrong("echo_server: half of the requests waited less than %v", waitTime)
	}
	return nil
}
