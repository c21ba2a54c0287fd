// Five workers square the numbers from 1 to 100; what they send back is added up.
package main

import (
	"fmt"
	"sync"
)

func main() {
	jobs, results := make(chan int), make(chan int)
	var workers sync.WaitGroup
	for i := 0; i < 5; i++ {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for n := range jobs {
				results <- n * n
			}
		}()
	}
	go func() {
		for n := 1; n <= 100; n++ {
			jobs <- n
		}
		close(jobs)
	}()
	go func() {
		workers.Wait()
		close(results)
	}()
	sum := 0
	for square := range results {
		sum += square
	}
	fmt.Println(sum)
}
