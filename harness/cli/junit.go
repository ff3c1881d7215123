package cli

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"sunder/harness"
	"sunder/harness/campaign"
)

// junit collects runs for a report in the XML form of JUnit, which CI systems show: a test suite for each scenario, a test
// case for each run. A violation is a failure; whatever else is no pass is an error. The form has no standard; these are the
// elements and attributes that the readers of GitLab, Jenkins and Azure have in common.
type junit struct {
	path   string
	file   *os.File // with another name until it is whole; nil then
	suites []*junitSuite
}

type junitReport struct {
	XMLName  xml.Name      `xml:"testsuites"`
	Name     string        `xml:"name,attr"`
	Tests    int           `xml:"tests,attr"`
	Failures int           `xml:"failures,attr"`
	Errors   int           `xml:"errors,attr"`
	Time     string        `xml:"time,attr"` // seconds
	Suites   []*junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Time     string      `xml:"time,attr"`
	Cases    []junitCase `xml:"testcase"`

	wall time.Duration
}

type junitCase struct {
	Class   string       `xml:"classname,attr"`
	Name    string       `xml:"name,attr"`
	Time    string       `xml:"time,attr"`
	Failure *junitReason `xml:"failure"`
	Error   *junitReason `xml:"error"`
}

type junitReason struct {
	Type    string `xml:"type,attr"`
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// newJUnit sees that the report can be written before the first run starts. Until it is whole it has another name.
func newJUnit(path string) (*junit, error) {
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		return nil, usagef("--junit %s: it is there and is not a file that a report could take the place of", path)
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".junit-")
	if err != nil {
		return nil, ioError{fmt.Errorf("--junit %s: %w", path, plain(err))}
	}
	return &junit{path: path, file: file}, nil
}

// plain returns what went wrong without the name of a temporary file.
func plain(err error) error {
	var at *os.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}

// add adds a run.
func (j *junit) add(o *campaign.Outcome) {
	suite := j.suite(o.Scenario)
	suite.Tests++
	suite.wall += o.Wall
	c := junitCase{Class: strings.ReplaceAll(o.Scenario, "/", "."), Name: fmt.Sprintf("seed %d", o.Seed), Time: seconds(o.Wall)}
	if o.Status != harness.Pass {
		var text strings.Builder
		explain(&text, palette{}, o)
		reason := &junitReason{Type: string(o.Status), Message: summary(o), Text: text.String()}
		if o.Status == harness.Violated {
			c.Failure = reason
			suite.Failures++
		} else {
			c.Error = reason
			suite.Errors++
		}
	}
	suite.Cases = append(suite.Cases, c)
}

// suite returns the suite of a scenario, the last that was made being the likeliest.
func (j *junit) suite(name string) *junitSuite {
	for i := len(j.suites) - 1; i >= 0; i-- {
		if j.suites[i].Name == name {
			return j.suites[i]
		}
	}
	s := &junitSuite{Name: name}
	j.suites = append(j.suites, s)
	return s
}

// finish writes the report and gives it its name.
func (j *junit) finish() error {
	report := junitReport{Name: "sunder", Suites: j.suites}
	var wall time.Duration
	for _, s := range j.suites {
		s.Time = seconds(s.wall)
		report.Tests += s.Tests
		report.Failures += s.Failures
		report.Errors += s.Errors
		wall += s.wall
	}
	report.Time = seconds(wall)
	err := j.write(&report)
	name := j.file.Name()
	if err = errors.Join(err, j.file.Chmod(0o644), j.file.Close()); err == nil {
		err = os.Rename(name, j.path)
	}
	j.file = nil
	if err != nil {
		return errors.Join(fmt.Errorf("--junit %s: %w", j.path, plain(err)), os.Remove(name))
	}
	return nil
}

// discard leaves nothing behind of a report that was not finished.
func (j *junit) discard() {
	if j.file != nil {
		_ = j.file.Close() // there is nothing in it
		_ = os.Remove(j.file.Name())
	}
}

func (j *junit) write(report *junitReport) error {
	if _, err := io.WriteString(j.file, xml.Header); err != nil {
		return err
	}
	encoder := xml.NewEncoder(j.file)
	encoder.Indent("", "  ")
	if err := encoder.Encode(report); err != nil {
		return err
	}
	_, err := io.WriteString(j.file, "\n")
	return err
}

// seconds writes a duration as CI systems read it.
func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }

// summary says in one line why a run did not pass.
func summary(o *campaign.Outcome) string {
	if o.Reason == "" {
		return string(o.Status)
	}
	return o.Reason
}
