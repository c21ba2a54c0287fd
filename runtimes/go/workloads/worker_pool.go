package workloads

import (
	"runtime"
	"sync"
	"sync/atomic"

	"threadmark/bench_go/catalog"
	"threadmark/bench_go/gbench"
	"threadmark/bench_go/outcome"
	"threadmark/bench_go/spin"
)

// jobWork is what a worker does with a job's number.
type jobWork struct {
	none       bool // the answer is the number times 2 plus 1
	steps      uint64
	stepsPerUs uint64
}

func workFor(ns uint64, setup Setup) jobWork {
	if ns == 0 {
		return jobWork{none: true}
	}
	perUs := setup.StepsPerUs()
	return jobWork{steps: spin.StepsFor(ns, perUs), stepsPerUs: perUs}
}

func (w jobWork) do(job uint64) uint64 {
	if w.none {
		return 2*job + 1
	}
	return spin.Steps(job, w.steps)
}

// sum is what the answers to the jobs 0..jobs-1 add up to, without doing them.
func (w jobWork) sum(jobs uint64) uint64 {
	if w.none {
		return spin.Affine{A: 2, C: 1}.SumBelow(jobs)
	}
	return spin.Repeated(w.steps).SumBelow(jobs)
}

// A fixed number of workers take jobs from one channel and send results into another, which is closed when a wait
// group of the workers ends.
func workerPool(cell catalog.Cell, setup Setup) (gbench.Body, error) {
	workers, capacity, jobCount := int(cell.Value("workers")), int(cell.Value("capacity")), cell.Value("jobs")
	return func(s *gbench.State) error {
		work := workFor(cell.Value("work_ns"), setup)
		jobs, results := make(chan uint64, capacity), make(chan uint64, capacity)
		var working sync.WaitGroup
		var started atomic.Int64
		working.Add(workers)
		worker := func() {
			defer working.Done()
			started.Add(1)
			for job := range jobs {
				results <- work.do(job)
			}
		}
		for i := 0; i < workers; i++ {
			go worker()
		}
		go func() {
			working.Wait()
			close(results)
		}()
		for started.Load() < int64(workers) {
			runtime.Gosched()
		}

		var count, sum uint64
		s.ClockOn()
		go func() {
			for job := uint64(0); job < jobCount; job++ {
				jobs <- job
			}
			close(jobs)
		}()
		for result := range results {
			count++
			sum += result
		}
		elapsed := s.ClockOff()
		s.PerUnit("ns_per_job", elapsed, jobCount)
		if !work.none {
			s.Effective("spin_steps_per_us", float64(work.stepsPerUs))
		}
		return checkWorkerPool(jobCount, work, count, sum)
	}, nil
}

func checkWorkerPool(jobs uint64, work jobWork, count, sum uint64) error {
	if count != jobs {
		return outcome.Wrong("worker_pool: %d results of %d jobs", count, jobs)
	}
	if right := work.sum(jobs); sum != right {
		return outcome.Wrong("worker_pool: the results add up to %d, not %d", sum, right)
	}
	return nil
}
