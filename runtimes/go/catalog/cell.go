package catalog

import (
	"fmt"
	"strconv"
	"strings"
)

// mostValue bounds every parameter, so that products of two of them stay far from the end of 64 bits.
const mostValue = 1_000_000_000

// Cell is one workload with a value for each of its parameters.
type Cell struct {
	Workload *Workload
	Values   []uint64 // in the order of Workload.Parameters
}

// Name is workload/param:value/..., every parameter written out.
func (c Cell) Name() string {
	var b strings.Builder
	b.WriteString(c.Workload.Name)
	for i, p := range c.Workload.Parameters {
		fmt.Fprintf(&b, "/%s:%d", p.Name, c.Values[i])
	}
	return b.String()
}

// Value is the value of a parameter that the workload has; to ask for another one is a mistake in this program.
func (c Cell) Value(parameter string) uint64 {
	for i, p := range c.Workload.Parameters {
		if p.Name == parameter {
			return c.Values[i]
		}
	}
	panic("workload " + c.Workload.Name + " has no parameter " + parameter)
}

// Standard returns every cell that the catalogue's standard values make, the last parameter varying fastest.
func Standard() []Cell {
	var cells []Cell
	for i := range Workloads {
		w := &Workloads[i]
		rows := [][]uint64{nil}
		for _, p := range w.Parameters {
			var longer [][]uint64
			for _, row := range rows {
				for _, v := range p.Standard {
					longer = append(longer, append(row[:len(row):len(row)], v))
				}
			}
			rows = longer
		}
		for _, row := range rows {
			cells = append(cells, Cell{w, row})
		}
	}
	return cells
}

// ParseCell reads a cell's name. The error says what is known.
func ParseCell(name string) (Cell, error) {
	parts := strings.Split(name, "/")
	w, err := find(parts[0])
	if err != nil {
		return Cell{}, err
	}
	if len(parts)-1 != len(w.Parameters) {
		return Cell{}, fmt.Errorf("cell %q: write it as %s", name, w.pattern())
	}
	cell := Cell{w, make([]uint64, len(w.Parameters))}
	for i, p := range w.Parameters {
		key, text, _ := strings.Cut(parts[i+1], ":")
		if key != p.Name {
			return Cell{}, fmt.Errorf("cell %q: unknown or misplaced parameter %q; write it as %s", name, key, w.pattern())
		}
		v, err := strconv.ParseUint(text, 10, 64)
		if err != nil || v < p.Least || v > mostValue {
			return Cell{}, fmt.Errorf("cell %q: %s must be a whole number from %d to %d, not %q",
				name, key, p.Least, uint64(mostValue), text)
		}
		cell.Values[i] = v
	}
	return cell, nil
}

func find(name string) (*Workload, error) {
	names := make([]string, len(Workloads))
	for i := range Workloads {
		if Workloads[i].Name == name {
			return &Workloads[i], nil
		}
		names[i] = Workloads[i].Name
	}
	return nil, fmt.Errorf("unknown workload %q; known: %s", name, strings.Join(names, " "))
}

func (w *Workload) pattern() string {
	s := w.Name
	for _, p := range w.Parameters {
		s += "/" + p.Name + ":VALUE"
	}
	return s
}
