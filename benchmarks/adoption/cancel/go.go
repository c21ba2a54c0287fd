// One task counts until it is told to stop; who reads has seen enough after five.
package main

import (
	"context"
	"fmt"
)

func main() {
	ctx, cancel := context.WithCancel(context.Background())
	numbers, stopped := make(chan int), make(chan struct{})
	go func() {
		defer close(stopped)
		for n := 1; ; n++ {
			select {
			case numbers <- n:
			case <-ctx.Done():
				return
			}
		}
	}()
	for i := 0; i < 5; i++ {
		fmt.Println(<-numbers)
	}
	cancel()
	<-stopped
	fmt.Println("stopped")
}
