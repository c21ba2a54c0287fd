// Package outcome names the ways in which a cell ends other than well. A wrong answer, a limit or a wrong
// configuration is a result: it is reported on one line with its reason, never turned into a number.
package outcome

import "fmt"

// Kind is the outcome's name in the contender protocol.
type Kind string

// The outcomes that a contender reports itself. A crash or a hang is for the conductor to see.
const (
	Limit         Kind = "limit"
	WrongAnswer   Kind = "wrong_answer"
	Misconfigured Kind = "misconfigured"
	Unsupported   Kind = "unsupported"
)

// ExitCode is the exit status of a process that ended with one of these outcomes.
const ExitCode = 3

// Error carries an outcome and the reason that a person reads.
type Error struct {
	Kind   Kind
	Reason string
}

// Error is the line that the protocol wants last on standard error.
func (e *Error) Error() string { return fmt.Sprintf("threadmark: %s: %s", e.Kind, e.Reason) }

// Wrong reports an answer that a checker rejected.
func Wrong(format string, args ...any) error {
	return &Error{WrongAnswer, fmt.Sprintf(format, args...)}
}

// Misconfiguredf reports that the configuration asked for cannot be put in force.
func Misconfiguredf(format string, args ...any) error {
	return &Error{Misconfigured, fmt.Sprintf(format, args...)}
}

// Limitf reports that a limit of the system or of the model has been reached.
func Limitf(format string, args ...any) error {
	return &Error{Limit, fmt.Sprintf(format, args...)}
}

// Unsupportedf reports that the model cannot express the cell in this configuration.
func Unsupportedf(format string, args ...any) error {
	return &Error{Unsupported, fmt.Sprintf(format, args...)}
}
