// Two calls, one quick and one slow; who waits for their answers gives up after 50 ms.
package main

import (
	"fmt"
	"time"
)

func main() {
	answers := make(chan int, 2)
	call := func(name int, takes time.Duration) {
		go func() {
			time.Sleep(takes)
			answers <- name
		}()
	}
	call(1, time.Millisecond)
	call(2, 10*time.Second)
	patience := time.After(50 * time.Millisecond)
	for {
		select {
		case name := <-answers:
			fmt.Println("got", name)
		case <-patience:
			fmt.Println("gave up")
			return
		}
	}
}
