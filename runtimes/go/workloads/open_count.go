package workloads

import "sync"

// openCount is how many connections are open, and lets one wait for there to be none: a wait group may not grow from
// nothing while somebody waits for it, and the listener goes on.
type openCount struct {
	mutex sync.Mutex
	none  *sync.Cond
	now   int64
}

func (o *openCount) add(more int64) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	if o.now += more; o.now == 0 {
		o.none.Broadcast()
	}
}

func (o *openCount) count() int64 {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.now
}

func (o *openCount) waitForNone() {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	for o.now != 0 {
		o.none.Wait()
	}
}
