package workloads

import (
	"math"
	"sync"
	"time"

	"threadmark/bench_go/catalog"
	"threadmark/bench_go/gbench"
	"threadmark/bench_go/machine"
	"threadmark/bench_go/outcome"
	"threadmark/bench_go/spin"
)

const (
	longestTask, shortestTask = 1e6, 100 // in nanoseconds
	lengthsInTenfold          = 4        // so each is 10^(1/4) times shorter than the one before
	wantedEfficiency          = 0.5
	warmUpTasks               = 1000
)

// cut is the work cut into pieces of one length: how it went on its own, and in a task for each piece.
type cut struct {
	lengthNs             float64
	steps                uint64 // that a piece takes
	pieces               uint64
	alone, inTasks       time.Duration
	aloneSum, inTasksSum uint64
	efficiency           float64 // the share of the processors' time that went into the work
}

// pieces is what the tasks of a cut share.
type pieces struct {
	steps   uint64
	answers []uint64
	ended   sync.WaitGroup
}

func (p *pieces) do(i int) {
	p.answers[i] = spin.Steps(uint64(i), p.steps)
	p.ended.Done()
}

// startAll starts a task for each piece and waits for all.
func (p *pieces) startAll() {
	p.ended.Add(len(p.answers))
	for i := range p.answers {
		go p.do(i)
	}
	p.ended.Wait()
}

// The same work is cut into ever shorter tasks until half of the time goes into starting them.
//
// That is METG at 50 %, the minimum effective task granularity of Slaughter and others, Task Bench, SC 2020.
func smallestTask(cell catalog.Cell, setup Setup) (gbench.Body, error) {
	totalNs := float64(cell.Value("total_ms")) * 1e6
	return func(s *gbench.State) error {
		cores, stepsPerUs := float64(machine.EffectiveCores()), setup.StepsPerUs()
		s.Effective("spin_steps_per_us", float64(stepsPerUs))
		(&pieces{answers: make([]uint64, warmUpTasks)}).startAll()
		var cuts []cut
		for _, length := range taskLengths() {
			c := newCut(length, cores*totalNs, stepsPerUs)
			c.measure(s, cores)
			if cuts = append(cuts, c); c.efficiency < wantedEfficiency {
				break
			}
		}
		s.Report("metg_ns", smallestLength(cuts))
		return checkSmallestTask(cuts)
	}, nil
}

// taskLengths are the lengths from the longest to the shortest, in nanoseconds.
func taskLengths() (lengths []float64) {
	for i := 0; ; i++ {
		length := longestTask / math.Pow(10, float64(i)/lengthsInTenfold)
		if length < shortestTask*0.99 { // what is left of it by rounding
			return lengths
		}
		lengths = append(lengths, length)
	}
}

func newCut(lengthNs, totalNs float64, stepsPerUs uint64) cut {
	return cut{
		lengthNs: lengthNs,
		steps:    spin.StepsFor(uint64(lengthNs), stepsPerUs),
		pieces:   uint64(math.Max(1, totalNs/lengthNs)),
	}
}

func (c *cut) measure(s *gbench.State, cores float64) {
	var sum uint64
	s.ClockOn()
	for i := uint64(0); i < c.pieces; i++ {
		sum += spin.Steps(i, c.steps)
	}
	c.alone = s.ClockOff()
	c.aloneSum = sum

	p := &pieces{steps: c.steps, answers: make([]uint64, c.pieces)}
	for i := range p.answers {
		p.answers[i] = 0 // the pages are there before the clock is on
	}
	s.ClockOn()
	p.startAll()
	c.inTasks = s.ClockOff()
	for _, answer := range p.answers {
		c.inTasksSum += answer
	}
	c.efficiency = float64(c.alone) / (cores * float64(c.inTasks))
}

// smallestLength is where a straight line over the logarithm of the length has the wanted efficiency between the last
// two lengths; the shortest length where no efficiency is below, and the longest where the first one is.
func smallestLength(cuts []cut) float64 {
	last := cuts[len(cuts)-1]
	if last.efficiency >= wantedEfficiency || len(cuts) == 1 {
		return last.lengthNs
	}
	before := cuts[len(cuts)-2]
	share := (before.efficiency - wantedEfficiency) / (before.efficiency - last.efficiency)
	return before.lengthNs * math.Pow(last.lengthNs/before.lengthNs, share)
}

// checkSmallestTask wants the right sums, and then that there is a task long enough.
func checkSmallestTask(cuts []cut) error {
	for _, c := range cuts {
		right := spin.Repeated(c.steps).SumBelow(c.pieces)
		if c.aloneSum != right || c.inTasksSum != right {
			return outcome.Wrong("smallest_task: %d pieces of %.0f ns add up to %d alone and %d in tasks, not %d",
				c.pieces, c.lengthNs, c.aloneSum, c.inTasksSum, right)
		}
	}
	if first := cuts[0]; first.efficiency < wantedEfficiency {
		return outcome.Limitf("with tasks of %.0f ns only %.2f of the processors' time goes into the work",
			first.lengthNs, first.efficiency)
	}
	return nil
}
