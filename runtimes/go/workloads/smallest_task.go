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
	longestTask, shortestTask = 1e6, 10 // in nanoseconds
	lengthsInTenfold          = 4       // so each is 10^(1/4) times shorter than the one before
	wantedEfficiency          = 0.5
	warmUpTasks               = 1000
	mostTasks                 = 200_000 // for each core
	attempts                  = 3
)

// cut is the work cut into pieces of one length: how it went on its own, and in a task for each piece.
type cut struct {
	lengthNs           float64
	steps              uint64 // that a piece takes
	pieces             uint64
	alone, inTasks     time.Duration // the shortest of some attempts: what disturbs one only ever makes it longer
	aloneEnd, tasksSum uint64
	efficiency         float64 // the share of the processors' time that went into the work
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
			c := newCut(length, totalNs, uint64(cores), stepsPerUs)
			c.measure(s, cores)
			if cuts = append(cuts, c); hopeless(cuts) {
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

func newCut(lengthNs, totalNs float64, cores, stepsPerUs uint64) cut {
	steps := spin.StepsFor(uint64(lengthNs), stepsPerUs)
	if steps == 0 {
		steps = 1
	}
	return cut{
		lengthNs: lengthNs,
		steps:    steps,
		pieces:   cores * uint64(math.Min(math.Max(1, totalNs/lengthNs), mostTasks)),
	}
}

// measure keeps what the last attempt computed: every attempt computes the same.
func (c *cut) measure(s *gbench.State, cores float64) {
	c.alone, c.inTasks = math.MaxInt64, math.MaxInt64
	for i := 0; i < attempts; i++ {
		if alone := c.measureAlone(s); alone < c.alone {
			c.alone = alone
		}
		if inTasks := c.measureInTasks(s); inTasks < c.inTasks {
			c.inTasks = inTasks
		}
	}
	c.efficiency = float64(c.alone) / (cores * float64(c.inTasks))
}

// measureAlone does one piece after the other. Each goes on where the one before ended, so that the processor cannot
// begin it earlier.
func (c *cut) measureAlone(s *gbench.State) time.Duration {
	x := uint64(0)
	s.ClockOn()
	for i := uint64(0); i < c.pieces; i++ {
		x = spin.Steps(x, c.steps)
	}
	alone := s.ClockOff()
	c.aloneEnd = x
	return alone
}

func (c *cut) measureInTasks(s *gbench.State) time.Duration {
	p := &pieces{steps: c.steps, answers: make([]uint64, c.pieces)}
	for i := range p.answers {
		p.answers[i] = 0 // the pages are there before the clock is on
	}
	s.ClockOn()
	p.startAll()
	inTasks := s.ClockOff()
	c.tasksSum = 0
	for _, answer := range p.answers {
		c.tasksSum += answer
	}
	return inTasks
}

// hopeless says whether the last two lengths are below what is wanted: one alone may be bad luck, such as a core that
// came late to all attempts.
func hopeless(cuts []cut) bool {
	n := len(cuts)
	return n >= 2 && cuts[n-1].efficiency < wantedEfficiency && cuts[n-2].efficiency < wantedEfficiency
}

// smallestLength is the shortest that is still worth it: where a straight line over the logarithm of the length crosses
// the wanted efficiency for the last time. 0 where no length is worth it.
func smallestLength(cuts []cut) float64 {
	for i := len(cuts) - 1; i >= 0; i-- {
		if cuts[i].efficiency < wantedEfficiency {
			continue
		}
		if i == len(cuts)-1 {
			return cuts[i].lengthNs
		}
		above, below := cuts[i], cuts[i+1]
		share := (above.efficiency - wantedEfficiency) / (above.efficiency - below.efficiency)
		return above.lengthNs * math.Pow(below.lengthNs/above.lengthNs, share)
	}
	return 0
}

// checkSmallestTask wants the right sums, and then that there is a task long enough.
func checkSmallestTask(cuts []cut) error {
	for _, c := range cuts {
		alone, inTasks := spin.Repeated(c.steps*c.pieces).Apply(0), spin.Repeated(c.steps).SumBelow(c.pieces)
		if c.aloneEnd != alone || c.tasksSum != inTasks {
			return outcome.Wrong("smallest_task: %d pieces of %.0f ns come to %d alone and add up to %d in tasks, not to %d and %d",
				c.pieces, c.lengthNs, c.aloneEnd, c.tasksSum, alone, inTasks)
		}
	}
	if first := cuts[0]; smallestLength(cuts) == 0 {
		return outcome.Limitf("with tasks of %.0f ns only %.2f of the processors' time goes into the work",
			first.lengthNs, first.efficiency)
	}
	return nil
}
