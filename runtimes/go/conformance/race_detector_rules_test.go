// Go's race detector finds races that were planted, and is silent where they have been mended.
package conformance

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// detectorsExitCode is what a program built with the race detector ends with where it has found a race.
const detectorsExitCode = 66

func TestRaceDetectorRules(t *testing.T) {
	program := filepath.Join(t.TempDir(), "races")
	if said, err := exec.Command("go", "build", "-race", "-o", program, "./testdata/races").CombinedOutput(); err != nil {
		t.Fatalf("go build -race: %v\n%s", err, said)
	}
	found := func(kind string) func(r *rule) {
		return func(r *rule) { expectRace(r, program, kind) }
	}
	suite(t, "race_detector_rules", []namedRule{
		{"a_counter_that_two_tasks_raise_is_found", found("counter")},
		{"a_value_that_nobody_has_published_is_found", found("published")},
		{"a_list_that_two_tasks_append_to_is_found", found("appended")},
		{"a_race_of_two_that_a_third_has_woken_is_found", found("woken")},
		{"the_same_with_locks_and_channels_is_silent", func(r *rule) { expectSilence(r, program) }},
	})
}

// planted runs the program on the rule's cores; it returns its exit code and what it said.
func planted(r *rule, program string, arguments ...string) (int, string) {
	command := exec.Command(program, arguments...)
	// Without the option a program that ends waits a second for races in what still runs.
	command.Env = append(os.Environ(), fmt.Sprintf("GOMAXPROCS=%d", r.cores), "GORACE=atexit_sleep_ms=0")
	said, err := command.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		r.Fatal(err)
	}
	return command.ProcessState.ExitCode(), string(said)
}

func expectRace(r *rule, program, kind string) {
	if code, said := planted(r, program, kind); code != detectorsExitCode || !strings.Contains(said, "DATA RACE") {
		r.Errorf("exit code %d\n%s", code, said)
	}
}

func expectSilence(r *rule, program string) {
	for _, kind := range []string{"counter", "published", "appended", "woken"} {
		if code, said := planted(r, program, kind, "clean"); code != 0 || strings.Contains(said, "DATA RACE") {
			r.Errorf("%s: exit code %d\n%s", kind, code, said)
		}
	}
}
