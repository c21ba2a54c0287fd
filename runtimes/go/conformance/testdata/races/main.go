// Data races, planted, for race_detector_rules_test.go: `races KIND` has one, `races KIND clean` does the same with
// whatever was left out. Built with Go's race detector. Its twin is runtimes/conformance/planted/races.cpp.
package main

import (
	"fmt"
	"os"
	"sync"
)

// both starts two tasks and waits for the end of both.
func both(one, another func()) {
	var ended sync.WaitGroup
	for _, f := range []func(){one, another} {
		f := f
		ended.Add(1)
		go func() {
			defer ended.Done()
			f()
		}()
	}
	ended.Wait()
}

func counter(clean bool) {
	count := 0
	var lock sync.Mutex
	add := func() {
		if clean {
			lock.Lock()
			defer lock.Unlock()
		}
		count++
	}
	both(add, add)
}

func published(clean bool) {
	value := 0
	ready := make(chan int, 1)
	both(func() {
		value = 42
		ready <- 1
	}, func() {
		if clean {
			<-ready
		}
		fmt.Fprintln(os.Stderr, "the value is", value)
	})
}

func appended(clean bool) {
	var list []int
	turn := make(chan int, 1)
	if clean {
		turn <- 0
	}
	add := func() {
		if clean {
			<-turn
			defer func() { turn <- 0 }()
		}
		list = append(list, 1)
	}
	both(add, add)
}

// woken: both tasks are ordered with the one that wakes them, which does not order them with each other.
func woken(clean bool) {
	shared := 0
	first, second, done := make(chan int), make(chan int), make(chan int, 1)
	go func() {
		first <- 1
		second <- 1
	}()
	both(func() {
		<-first
		shared++
		done <- 1
	}, func() {
		<-second
		if clean {
			<-done
		}
		shared++
	})
}

func main() {
	races := map[string]func(bool){"counter": counter, "published": published, "appended": appended, "woken": woken}
	kind, clean := "", len(os.Args) > 2 && os.Args[2] == "clean"
	if len(os.Args) > 1 {
		kind = os.Args[1]
	}
	race, known := races[kind]
	if !known {
		fmt.Fprintln(os.Stderr, "usage: races counter|published|appended|woken [clean]")
		os.Exit(2)
	}
	race(clean)
}
