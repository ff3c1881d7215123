package guarantee

import "slices"

// AnomaliesOf returns the anomalies by which histories of an object break the guarantee.
func (i Info) AnomaliesOf(object string) []Anomaly {
	if i.OfTransactions != nil && OfTransactions(object) {
		return i.OfTransactions
	}
	return i.Anomalies
}

// OfTransactions tells whether the operations of an object are transactions.
func OfTransactions(object string) bool { return slices.Contains(transactional(), object) }

// ofOneOrder tells whether an anomaly may hang on the order of writes that nobody has read: which of them close a cycle
// depends on what is judged, so that it says nothing of anything weaker.
func ofOneOrder(a Anomaly) bool { return a == Unorderable || a == G0 || a == G1c }

// RuledOut returns the guarantees that a history of an object cannot have which an anomaly shows not to be as judged: the
// weakest, and those that are stronger than one of them, in the order of All. (Elle calls them "not" and "also-not".)
func RuledOut(object string, judged Name, a Anomaly) (weakest, stronger []Name) {
	broken := []Name{judged}
	all := known().all
	for _, info := range all {
		if !ofOneOrder(a) && info.AppliesTo(object) && slices.Contains(info.AnomaliesOf(object), a) {
			broken = append(broken, info.Name)
		}
	}
	weaker := func(n Name) bool { // tells whether something weaker than n is broken
		return slices.ContainsFunc(broken, func(o Name) bool { return o != n && Implies(n, o) })
	}
	for _, info := range all {
		switch {
		case !info.AppliesTo(object):
		case weaker(info.Name):
			stronger = append(stronger, info.Name)
		case slices.Contains(broken, info.Name):
			weakest = append(weakest, info.Name)
		}
	}
	return weakest, stronger
}
