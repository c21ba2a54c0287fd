package workloads

import (
	"time"

	"threadmark/bench_go/catalog"
	"threadmark/bench_go/gbench"
	"threadmark/bench_go/machine"
	"threadmark/bench_go/outcome"
)

// firstConnections have come and gone before the memory is looked at for the first time.
const firstConnections = 16

// spareDescriptors are those that the process needs besides one for each connection.
const spareDescriptors = 64

// The same server with n connections open over which nothing comes.
func idleConnections(cell catalog.Cell, setup Setup) (gbench.Body, error) {
	n, memory, client := cell.Value("n"), setup.Ledger, setup.Client
	return func(s *gbench.State) error {
		if err := client.There(); err != nil {
			return err
		}
		most, err := machine.MostDescriptors()
		if err != nil {
			return outcome.Misconfiguredf("open files: %v", err)
		}
		if err := checkDescriptors(n, most); err != nil {
			return err
		}
		h, err := startService(setup.Variant, setup.StepsPerUs())
		if err != nil {
			return err
		}
		defer h.listener.Close() // where it ends otherwise than well
		if err := client.Hold(h.port(), firstConnections); err != nil {
			return err
		}
		if err := client.Release(); err != nil {
			return err
		}
		h.open.waitForNone()
		if err := memory.Snapshot("baseline", 0); err != nil {
			return err
		}

		if err := client.Hold(h.port(), n); err != nil {
			return err
		}
		time.Sleep(settle)
		before := h.open.count()
		if err := memory.Snapshot("connected", n); err != nil {
			return err
		}
		after := h.open.count()

		s.ClockOn() // a run has a time; no metric comes of it
		if err := client.Release(); err != nil {
			return err
		}
		h.open.waitForNone()
		s.ClockOff()
		h.stop()
		return checkIdleConnections(int64(n), before, after)
	}, nil
}

func checkIdleConnections(n, before, after int64) error {
	if before != n || after != n {
		return outcome.Wrong("idle_connections: %d connections were open before the snapshot and %d after it, not %d",
			before, after, n)
	}
	return nil
}

func checkDescriptors(n, most uint64) error {
	if need := n + spareDescriptors; most < need {
		return outcome.Limitf("open files: this process may have %d (ulimit -Hn), and %d connections need %d", most, n, need)
	}
	return nil
}
