package linearizable

import (
	"bytes"
	"strings"
	"testing"

	"sunder/checkers"
	"sunder/checkers/model"
	"sunder/checkers/oracle"
	"sunder/harness/history"
)

func visualised(t *testing.T, in checkers.Input) string {
	t.Helper()
	var page bytes.Buffer
	if err := Visualise(in, check(in), &page); err != nil {
		t.Fatal(err)
	}
	return page.String()
}

// TestVisualise checks that all operations of a short history are on the page, those of the witness with their numbers, and
// faults from their beginning to their end.
func TestVisualise(t *testing.T) {
	h, err := history.Read(strings.NewReader(`{"process":0,"type":"invoke","f":"write","key":"x","value":1}
{"process":"nemesis","type":"info","f":"partition","value":{"id":1,"state":"begun"}}
{"process":0,"type":"ok","f":"write","key":"x","value":1}
{"process":"nemesis","type":"info","f":"partition","value":{"id":1,"state":"ended"}}
{"process":1,"type":"invoke","f":"read","key":"x"}
{"process":2,"type":"invoke","f":"write","key":"y","value":"</script>"}
{"process":1,"type":"ok","f":"read","key":"x","value":null}
`))
	if err != nil {
		t.Fatal(err)
	}
	page := visualised(t, checkers.Input{History: h, Object: model.Register()})
	for _, want := range []string{"#1 write(x, 1) → ok by process 0", "#2 read(x) → null by process 1", "write(y, ", `"Tag":"nemesis","Start":100,"End":300,"Description":"partition"`} {
		if !strings.Contains(page, want) {
			t.Errorf("there is no %s on the page", want)
		}
	}
	if strings.Contains(page, `"</script>`) {
		t.Error("a value ends the script")
	}
}

// TestVisualiseLong checks that of a long history the witness is shown, and that one without a witness is too long.
func TestVisualiseLong(t *testing.T) {
	in := input("register", oracle.Large(oracle.Load{Object: "register", Ops: 3000, Keys: 3, Clients: 5}, 1))
	var page bytes.Buffer
	if err := Visualise(in, check(in), &page); err == nil || !strings.Contains(err.Error(), "3000 operations are more than can be shown") || page.Len() > 0 {
		t.Errorf("%v, %d bytes", err, page.Len())
	}
	in.History = oracle.StaleRead(in.History, false)
	text := visualised(t, in)
	if got := strings.Count(text, `"Description":"#`); got != len(check(in).Witness.Operations) {
		t.Errorf("%d operations are shown", got)
	}
}

// TestVisualiseWithoutBudget checks that a history that porcupine cannot decide is an error.
func TestVisualiseWithoutBudget(t *testing.T) {
	in := input("register", oracle.Large(oracle.Load{Object: "register", Ops: 200, Keys: 1, Clients: 20}, 1))
	in.Budget = 10
	var page bytes.Buffer
	if err := Visualise(in, check(in), &page); err == nil || !strings.Contains(err.Error(), "the budget of 10 steps is gone") {
		t.Errorf("%v", err)
	}
}
