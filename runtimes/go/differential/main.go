// Runs the random programs of benchmarks/stress/differential in Go: reads a program a line, and writes the result of
// each, one line, at once. The README there describes programs and results.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
)

func main() {
	cores := flag.Int("cores", 1, "GOMAXPROCS")
	flag.Parse()
	if flag.NArg() > 0 || *cores < 1 {
		fmt.Fprintln(os.Stderr, "differential_go: known: --cores=K (from 1)")
		os.Exit(2)
	}
	runtime.GOMAXPROCS(*cores)
	if err := serve(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "differential_go:", err)
		os.Exit(2)
	}
}

func serve(in io.Reader, out io.Writer) error {
	reader := bufio.NewReader(in)
	for number := 1; ; number++ {
		line, err := reader.ReadBytes('\n')
		if err == io.EOF && len(line) == 0 {
			return nil
		}
		if err != nil && err != io.EOF {
			return err
		}
		var p Program
		if err := json.Unmarshal(line, &p); err != nil {
			return fmt.Errorf("line %d: %w", number, err)
		}
		if err := json.NewEncoder(out).Encode(Run(&p)); err != nil {
			return err
		}
	}
}
