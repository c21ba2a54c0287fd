package main

import (
	"encoding/json"
	"fmt"
)

// Manner is how a stage takes from a channel or gives to one.
type Manner string

// The manners; a stage that does not say is plain.
const (
	Plain    Manner = "plain"
	Select   Manner = "select"
	Timeout  Manner = "timeout"
	TryAgain Manner = "try"
)

// UnmarshalJSON refuses what is none of them.
func (m *Manner) UnmarshalJSON(text []byte) error {
	var name string
	if err := json.Unmarshal(text, &name); err != nil {
		return err
	}
	switch *m = Manner(name); *m {
	case Plain, Select, Timeout, TryAgain:
		return nil
	}
	return fmt.Errorf("unknown manner %q", name)
}

// ChannelPlan describes a channel. In Go one that is plain differs in nothing but what `late` tries.
type ChannelPlan struct {
	Capacity  int
	Plain     bool
	Producers int
	Closer    bool
	Counted   bool
}

// Stage is a group of tasks that do the same.
type Stage struct {
	Kind    string
	Ins     []int
	Outs    []int
	Server  int
	Replies []int
	Take    Manner
	Give    Manner
	ToAll   bool `json:"to_all"`
	Workers int
	N       uint64
	Seed    uint64
	Mul     uint64
	Add     uint64
	Drop    uint64
	Depth   int
	Width   int
	Sum     int
	Gate    int
	Digest  int
	Ordered bool
}

// UnmarshalJSON fills in what a stage need not say.
func (s *Stage) UnmarshalJSON(text []byte) error {
	type bare Stage
	b := bare{Workers: 1, Mul: 1, Gate: -1, Take: Plain, Give: Plain}
	if err := json.Unmarshal(text, &b); err != nil {
		return err
	}
	*s = Stage(b)
	return nil
}

// Program is what one line holds.
type Program struct {
	Channels []ChannelPlan
	Gates    []int
	Sums     int
	Digests  int
	Stages   []Stage
}

// Digest is the number of values, the sum of their mixes, and the mix of their order.
type Digest [3]uint64

// Result is what one line says of it.
type Result struct {
	Sums     []uint64 `json:"sums"`
	Digests  []Digest `json:"digests"`
	Channels []Digest `json:"channels"`
	Refused  uint64   `json:"refused"`
	Began    uint64   `json:"began"`
	Ended    uint64   `json:"ended"`
}

// mix is the finalizer of MurmurHash3.
func mix(v uint64) uint64 {
	v ^= v >> 33
	v *= 0xff51afd7ed558ccd
	v ^= v >> 33
	v *= 0xc4ceb9fe1a85ec53
	return v ^ v>>33
}
