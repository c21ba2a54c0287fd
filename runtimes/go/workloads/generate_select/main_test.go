package main

import (
	"bytes"
	"os"
	"testing"
)

func TestTheCheckedInFileIsUpToDate(t *testing.T) {
	want, err := source(64)
	if err != nil {
		t.Fatal(err)
	}
	have, err := os.ReadFile("../receive_64.go")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, have) {
		t.Error("receive_64.go is not what the generator writes; run go generate in workloads/")
	}
}
