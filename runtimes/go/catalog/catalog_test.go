package catalog

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"testing"
)

// pair is a member of a JSON object, whose order matters here.
type pair struct {
	key   string
	value json.RawMessage
}

type ordered []pair

func (o *ordered) UnmarshalJSON(text []byte) error {
	d := json.NewDecoder(bytes.NewReader(text))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return fmt.Errorf("not an object: %v %v", open, err)
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		p := pair{key: key.(string)}
		if err := d.Decode(&p.value); err != nil {
			return err
		}
		*o = append(*o, p)
	}
	return nil
}

func decode(t *testing.T, text []byte, into any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
}

func TestAgreesWithTheCatalogueFile(t *testing.T) {
	text, err := os.ReadFile("../../../benchmarks/workloads/catalog.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Schema    int     `json:"schema"`
		Workloads ordered `json:"workloads"`
	}
	decode(t, text, &file)
	if file.Schema != 1 {
		t.Errorf("schema %d, this table knows 1", file.Schema)
	}
	if len(file.Workloads) != len(Workloads) {
		t.Fatalf("%d workloads in the file, %d here", len(file.Workloads), len(Workloads))
	}
	for i, w := range file.Workloads {
		var entry struct {
			Sentence string   `json:"sentence"`
			Params   ordered  `json:"params"`
			Uses     []string `json:"uses"`
			Metrics  ordered  `json:"metrics"`
		}
		decode(t, w.value, &entry)
		want := Workload{Name: w.key, Sentence: entry.Sentence, Uses: entry.Uses}
		for j, p := range entry.Params {
			parameter := Parameter{Name: p.key}
			decode(t, p.value, &parameter.Standard)
			if j < len(Workloads[i].Parameters) {
				parameter.Least = Workloads[i].Parameters[j].Least // ours alone
			}
			want.Parameters = append(want.Parameters, parameter)
		}
		for _, m := range entry.Metrics {
			var metric struct{ Unit, Better string }
			decode(t, m.value, &metric)
			want.Metrics = append(want.Metrics, Metric{m.key, metric.Unit, metric.Better})
		}
		if !reflect.DeepEqual(want, Workloads[i]) {
			t.Errorf("the file says\n%+v\nand this table\n%+v", want, Workloads[i])
		}
	}
}

func TestCapabilitiesAreThoseOfTheModelConcept(t *testing.T) {
	text, err := os.ReadFile("../../model.hpp")
	if err != nil {
		t.Fatal(err)
	}
	var want, have []string
	for _, match := range regexp.MustCompile(`case capability::\w+: return "(\w+)"`).FindAllSubmatch(text, -1) {
		want = append(want, string(match[1]))
	}
	for _, c := range Capabilities {
		have = append(have, c.Name)
	}
	if len(want) == 0 || !reflect.DeepEqual(want, have) {
		t.Errorf("model.hpp names %v, this table %v", want, have)
	}
}

func TestTheWeakestLabelCounts(t *testing.T) {
	for _, w := range Workloads {
		if w.Label() != "native" {
			t.Errorf("%s is %s; everything that it uses is Go's own", w.Name, w.Label())
		}
	}
	unknown := Workload{Uses: []string{"go", "telepathy"}}
	if unknown.Label() != "unsupported" {
		t.Errorf("a capability that is not declared makes %s", unknown.Label())
	}
	defer func(saved string) { Capabilities[0].Label = saved }(Capabilities[0].Label)
	Capabilities[0].Label = "composed"
	if label := Workloads[0].Label(); label != "composed" {
		t.Errorf("one composed capability makes %s", label)
	}
}
