package nemesis_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"sunder/nemesis"
)

// readsBack draws values and sees that each is read back from its text as it was.
func readsBack[T interface{ String() string }](t *testing.T, g *rapid.Generator[T], parse func(string) (T, error)) {
	t.Helper()
	rapid.Check(t, func(t *rapid.T) {
		v := g.Draw(t, "v")
		again, err := parse(v.String())
		if err != nil {
			t.Fatalf("%q: %v", v, err)
		}
		if diff := cmp.Diff(v, again, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("%q is read back with a difference:\n%s", v, diff)
		}
	})
}

func TestEverythingIsReadBackFromItsText(t *testing.T) {
	t.Run("range", func(t *testing.T) { readsBack(t, ranges(), nemesis.ParseRange) })
	t.Run("target", func(t *testing.T) { readsBack(t, targets(), nemesis.ParseTarget) })
	t.Run("groups", func(t *testing.T) { readsBack(t, groups(), nemesis.ParseGroups) })
	t.Run("links", func(t *testing.T) { readsBack(t, links(), nemesis.ParseLinks) })
	t.Run("clogs", func(t *testing.T) { readsBack(t, clogs(), nemesis.ParseClogs) })
	t.Run("fault", func(t *testing.T) { readsBack(t, faults(), nemesis.ParseFault) })
	t.Run("action", func(t *testing.T) { readsBack(t, actions(), nemesis.ParseAction) })
	t.Run("recipe", func(t *testing.T) { readsBack(t, recipes(), nemesis.ParseRandom) })
	t.Run("schedule", func(t *testing.T) {
		g := rapid.Map(rapid.SliceOfN(actions(), 0, 5), func(a []nemesis.Action) nemesis.Schedule { return a })
		readsBack(t, g, nemesis.ParseSchedule)
	})
	t.Run("duration", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			d := durations(0).Draw(t, "d")
			text := nemesis.FormatDuration(d)
			if again, err := nemesis.ParseDuration(text); err != nil || again != d {
				t.Fatalf("%v is written %q and read back as %v, %v", d, text, again, err)
			}
			if strings.ContainsFunc(text, func(r rune) bool { return r > '~' }) {
				t.Fatalf("%q is not ASCII", text)
			}
		})
	})
}

func TestTextIsWhatAPersonWouldWrite(t *testing.T) {
	for _, text := range []string{
		`at=4s for=6s fault=partition groups="r1 c1 | r2 c2"`,
		`at=0s fault=drop link="r1 -> c1" message=UREP count=1`,
		`at=1h30m for=100us fault=hold link="* -> *, r1 -> c2" message="two words"`,
		`at=1m for=24h fault=partition shape=majority-minority`,
		`at=1m for=24h fault=partition shape=swizzle`,
		`at=1s for=4s fault=partition clogs="r1 0s..2s, c1 1.5s..4s"`,
		`at=12.5s for=2s fault=crash target=one lose=unsynced`,
		`at=1s for=2s fault=delay target="r1 r2" latency=50ms..200ms`,
		`at=1s for=2s fault=delay latency=5ms`,
		`at=1s for=2s fault=corrupt link="r1 -> r2" message=QREP mode=delivered chance=5%`,
		`at=1s for=2s fault=bandwidth target=r1 limit=64kB/s`,
		`at=1s for=2s fault=bandwidth limit=1500B/s`,
		`at=1s for=2s fault=bandwidth limit=1000MB/s`,
		`at=1s for=2s fault=clock-skew target=one offset=2s strobe=100ms`,
		`at=1s for=2s fault=clock-skew target=one offset=2s rate=150%`,
		`at=1s for=2s fault=disk target=one mode=slow latency=0s..200ms`,
		`at=1s for=2s fault=crash target=each lose=all chance=30%`,
		`at=1s for=2s fault=slow target=one latency=5ms..20ms`,
		`at=1s for=2s fault=loss chance=0.25%`,
		`at=1s for=2s fault=clock-skew target=primary offset=-1.5s drawn=yes`,
	} {
		a, err := nemesis.ParseAction(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		} else if a.String() != text {
			t.Errorf("%s is written again as %s", text, a)
		}
	}
	recipe := `random="pause, crash" between=4s..9s every=1s for=200ms..2s`
	if r, err := nemesis.ParseRandom(recipe); err != nil || r.String() != recipe {
		t.Errorf("%s is written again as %s (%v)", recipe, r, err)
	}
}

func TestOrderOfFieldsDoesNotMatter(t *testing.T) {
	a, err := nemesis.ParseAction(`  lose=all target=r1	fault="crash" for=1s at=2s `)
	if want := "at=2s for=1s fault=crash target=r1 lose=all"; err != nil || a.String() != want {
		t.Errorf("got %s (%v), want %s", a, err, want)
	}
}

func TestBadActionsAreErrorsThatSayWhy(t *testing.T) {
	for text, want := range map[string]string{
		``:                                             "no fault is named",
		`at=1s`:                                        "no fault is named",
		`fault=explode`:                                `there is no fault "explode"`,
		`crash`:                                        "not written name=text",
		`fault=crash target`:                           "not written name=text",
		`fault=crash at=soon`:                          `at: "soon" is not a duration`,
		`fault=crash at=10`:                            `at: "10" is not a duration`,
		`fault=crash at=-1s`:                           "at: -1s is negative",
		`fault=crash at=25h`:                           "at: 25h is beyond 24h",
		`fault=crash for=0s`:                           "for: 0s is no time at all",
		`fault=crash at=1s at=2s`:                      "at is given twice",
		`fault=crash target="r1`:                       "target: a quote has no end",
		`fault=crash target="r1"lose=all`:              "follows a quote without a space",
		`fault=crash target=ones`:                      `"ones" is no node`,
		`fault=crash target=r0`:                        `"r0" is no node`,
		`fault=crash target=r01`:                       `"r01" is no node`,
		`fault=crash target="r1 r1"`:                   "r1 is named twice",
		`fault=crash target=""`:                        "no node is named",
		`fault=crash lose=some`:                        `"some" is no loss of a crash; there are nothing, unsynced, all`,
		`fault=crash shape=halves`:                     "a crash takes no shape; it takes target, chance, lose",
		`fault=crash colour=red`:                       "colour: a fault has no such field",
		`fault=crash drawn=no`:                         `drawn: "no" is not yes`,
		`fault=pause lose=all`:                         "a pause takes no lose",
		`fault=partition shape=circle`:                 `"circle" is no shape`,
		`fault=partition groups=r1`:                    "one group cuts nothing",
		`fault=partition groups="r1 | r2 r1"`:          "r1 is in two groups",
		`fault=partition groups="r1 |"`:                "no node is named",
		`fault=partition link=r1`:                      "is no link such as",
		`fault=partition link="r1 -> r1"`:              "leads from a node to itself",
		`fault=partition clogs=r1`:                     "a clog is written r1 0s..2s",
		`fault=partition clogs="r1 1s"`:                "r1 is cut off for no time at all",
		`fault=partition clogs="x 0s..1s"`:             `"x" is no node`,
		`fault=partition clogs="r1 0s..1s, r1 2s..3s"`: "r1 is named twice",
		`fault=hold link="r1 -> r2, r1->r2"`:           "is named twice",
		`fault=hold message=""`:                        "no message is named",
		`fault=drop count=0`:                           `"0" is not a count`,
		`fault=slow count=1`:                           "a slow takes no count; it takes target, chance, latency",
		`fault=delay latency=0s`:                       "delays nothing",
		`fault=delay latency=9ms..1ms`:                 "ends before it begins",
		`fault=corrupt mode=full`:                      `"full" is no mode of the fault corrupt; there are detected, delivered`,
		`fault=loss mode=detected`:                     "a loss takes no mode",
		`fault=bandwidth limit=0B/s`:                   "0B/s is not from 1B/s to 1000MB/s",
		`fault=bandwidth limit=1001MB/s`:               "1001MB/s is not from 1B/s",
		`fault=bandwidth limit=64`:                     `"64" is not a number of bytes a second`,
		`fault=bandwidth limit=1.5kB/s`:                `"1.5kB/s" is not a number of bytes`,
		`fault=clock-skew rate=100%`:                   "a clock is right",
		`fault=clock-skew rate=9%`:                     "a rate is from 10% to 1000%, not 9%",
		`fault=clock-skew rate=1.5`:                    `"1.5" is not a whole percentage`,
		`fault=clock-skew strobe=0s`:                   "strobe: 0s is no time at all",
		`fault=disk mode=detected`:                     `"detected" is no mode of the fault disk; there are torn, flip, full, slow`,
		`fault=loss chance=0%`:                         "never happens",
		`fault=loss chance=101%`:                       "above 100%",
		`fault=loss chance=1`:                          "not a percentage",
		`fault=clock-skew offset=0s`:                   "moves no clock",
		`fault=clock-skew offset=-25h`:                 "beyond 24h",
		`fault=hold message=two"quotes`:                "not one word",
	} {
		if a, err := nemesis.ParseAction(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, %v; want an error with %q", text, a, err, want)
		}
	}
	if _, err := nemesis.ParseFault("at=1s fault=crash"); err == nil {
		t.Error("a fault was read that has a time")
	}
	if _, err := nemesis.ParseSchedule("at=1s fault=crash\n\nat=2s fault=x\n"); err == nil || !strings.HasPrefix(err.Error(), "line 3: ") {
		t.Errorf("got %v, want an error of line 3", err)
	}
}

func TestBadRecipesAreErrorsThatSayWhy(t *testing.T) {
	good := map[string]string{"random": "pause", "between": "1s..9s", "every": "1s", "for": "1s"}
	if _, err := nemesis.ParseRandom(recipeText(good, "", "")); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ field, text, want string }{
		{"random", "pause, pause", "random: pause is named twice"},
		{"random", "pause, x", `random: there is no fault "x"`},
		{"random", "", "random: there is no fault"},
		{"between", "3s", "between: 3s leaves no time"},
		{"between", "3s..1s", "between: 3s..1s ends before it begins"},
		{"every", "0s", "every: 0s is less than 1ms"},
		{"every", "1ns..1s", "every: 1ns is less than 1ms"},
		{"for", "10us", "for: 10us is less than 1ms"},
		{"for", "9s", "for: 9s is longer than the 8s there are"},
		{"at", "1s", "at: a recipe has no such field"},
		{"size", "huge", `size: faults are small or large, not "huge"`},
		{"calm", "1s", "calm: there is no time between which it is calm; say bursts"},
		{"bursts", "1s", "bursts: there is no calm between them; say calm"},
	} {
		if _, err := nemesis.ParseRandom(recipeText(good, test.field, test.text)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s %q: got %v, want an error with %q", test.field, test.text, err, test.want)
		}
	}
	breathless := map[string]string{"random": "pause", "between": "1s..9s", "every": "1s", "for": "1s", "calm": "1s"}
	if _, err := nemesis.ParseRandom(recipeText(breathless, "bursts", "0s..1s")); err == nil || !strings.Contains(err.Error(), "bursts and calm last 1ms at least") {
		t.Errorf("got %v", err)
	}
	endless := nemesis.Random{Kinds: []nemesis.Kind{nemesis.Pause}, End: time.Hour, Every: nemesis.Range{Min: time.Millisecond, Max: time.Second}, For: nemesis.Range{Min: time.Second, Max: time.Second}}
	if wrong := endless.Check(); len(wrong) != 1 || wrong[0].Name != "every" {
		t.Errorf("a recipe for 3.6 million faults: got %v", wrong)
	}
}

// recipeText writes a recipe with one field changed.
func recipeText(fields map[string]string, name, text string) string {
	var parts []string
	for _, f := range []string{"random", "between", "every", "for", "at", "size", "bursts", "calm"} {
		value, given := fields[f]
		if f == name {
			value, given = text, true
		}
		if given {
			parts = append(parts, f+`="`+value+`"`)
		}
	}
	return strings.Join(parts, " ")
}

func FuzzParseAction(f *testing.F) {
	f.Add(`at=4s for=6s fault=partition groups="r1 c1 | r2 c2"`)
	f.Add(`at=0s fault=drop link="r1 -> c1, * -> *" message="\xff" count=1`)
	f.Add("fault=clock-skew target=primary offset=-1.5s drawn=yes")
	f.Fuzz(func(t *testing.T, text string) {
		a, err := nemesis.ParseAction(text)
		if err != nil {
			return
		}
		again, err := nemesis.ParseAction(a.String())
		if err != nil {
			t.Fatalf("%q is written again as %q: %v", text, a, err)
		}
		if diff := cmp.Diff(a, again); diff != "" {
			t.Fatalf("%q is written again as %q:\n%s", text, a, diff)
		}
	})
}

func FuzzParseRandom(f *testing.F) {
	f.Add(`random="pause, crash" between=4s..9s every=1s for=200ms..2s`)
	f.Fuzz(func(t *testing.T, text string) {
		r, err := nemesis.ParseRandom(text)
		if err != nil {
			return
		}
		if again, err := nemesis.ParseRandom(r.String()); err != nil || cmp.Diff(r, again) != "" {
			t.Fatalf("%q is written again as %q and read back as %q, %v", text, r, again, err)
		}
	})
}
