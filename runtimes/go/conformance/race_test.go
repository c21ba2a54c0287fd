//go:build race

// Tells the rules that the race detector is at work: it calls a race what a few of them are about.
package conformance

func init() { raceDetector = true }
