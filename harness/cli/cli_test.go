package cli_test

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"sunder/harness/cli"
)

func TestMain(m *testing.M) {
	if os.Getenv("SUNDER_AS_COMMAND") != "" { // the test binary, started by a test as the command
		os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr, toy(), club()))
	}
	testscript.Main(m, map[string]func(){
		"sunder": func() { os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr, toy(), club())) },
	})
}

// TestScripts runs the command as a person would: every file of testdata/script is a walk through one part of it.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "digests": digests, "junit": junit},
	})
}

// exits runs a command that must end with a code: `exits 3 sunder run ...`.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var ended *exec.ExitError
		if !errors.As(err, &ended) {
			ts.Fatalf("%v", err)
		}
		got = ended.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// junit reads a report as a CI system would, and compares the counts in its head with what is in it and with those wanted:
// `junit FILE TESTS FAILURES ERRORS`.
func junit(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 4 {
		ts.Fatalf("usage: junit FILE TESTS FAILURES ERRORS")
	}
	type totals struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Errors   int `xml:"errors,attr"`
	}
	var report struct {
		XMLName xml.Name `xml:"testsuites"`
		totals
		Suites []struct {
			totals
			Cases []struct {
				Failure *string `xml:"failure"`
				Error   *string `xml:"error"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	ts.Check(xml.Unmarshal([]byte(ts.ReadFile(args[0])), &report))
	var all totals
	for _, suite := range report.Suites {
		found := totals{Tests: len(suite.Cases)}
		for _, c := range suite.Cases {
			if c.Failure != nil {
				found.Failures++
			}
			if c.Error != nil {
				found.Errors++
			}
		}
		if found != suite.totals {
			ts.Fatalf("a suite says %+v and has %+v", suite.totals, found)
		}
		all.Tests, all.Failures, all.Errors = all.Tests+found.Tests, all.Failures+found.Failures, all.Errors+found.Errors
	}
	if all != report.totals {
		ts.Fatalf("the report says %+v and has %+v", report.totals, all)
	}
	if got := fmt.Sprintln(all.Tests, all.Failures, all.Errors); got != strings.Join(args[1:], " ")+"\n" {
		ts.Fatalf("it has %+v, want %v", all, args[1:])
	}
}

// digests compares two files with JSON lines of runs: `digests one two`. Seeds, digests and statuses must be the same,
// line by line.
func digests(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: digests FILE FILE")
	}
	var seen [2]string
	for i, name := range args {
		for line := range strings.Lines(ts.ReadFile(name)) {
			var run struct {
				Seed          uint64 `json:"seed"`
				Status        string `json:"status"`
				TraceDigest   string `json:"trace_digest"`
				HistoryDigest string `json:"history_digest"`
			}
			ts.Check(json.Unmarshal([]byte(line), &run))
			if run.TraceDigest == "" || run.HistoryDigest == "" {
				ts.Fatalf("%s: a run without digests: %s", name, line)
			}
			seen[i] += fmt.Sprintln(run)
		}
	}
	if seen[0] != seen[1] || seen[0] == "" {
		ts.Fatalf("%s has\n%s%s has\n%s", args[0], seen[0], args[1], seen[1])
	}
}
