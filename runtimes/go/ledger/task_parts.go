package ledger

import (
	"debug/dwarf"
	"debug/elf"
	"fmt"
	"os"
	"runtime/metrics"
)

// Stacks says what the stacks of all goroutines take together, by the runtime's own account: they move and lie side by
// side in spans of the heap, so that nobody can see them from outside. To be said before a snapshot that is about them.
func (l *Ledger) Stacks() error {
	if l == nil {
		return nil
	}
	sample := []metrics.Sample{{Name: "/memory/classes/heap/stacks:bytes"}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindUint64 {
		return nil // a runtime that keeps no such account
	}
	return l.ask(fmt.Sprintf("stacks %d", sample[0].Value.Uint64()))
}

// ControlBlock says what a goroutine's control block, the runtime's g, takes. It allocates, so it is to be said after
// the last snapshot. A program that was stripped of its debugging information cannot know, and says nothing.
func (l *Ledger) ControlBlock() error {
	if l == nil {
		return nil
	}
	path, err := os.Executable()
	if err != nil {
		return nil
	}
	bytes, err := sizeOfG(path)
	if err != nil {
		return nil
	}
	return l.ask(fmt.Sprintf("control_block %d heap", bytes))
}

// sizeOfG reads the size of the type runtime.g, which no program can name, from a program's DWARF.
func sizeOfG(path string) (int64, error) {
	file, err := elf.Open(path)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	data, err := file.DWARF()
	if err != nil {
		return 0, err
	}
	for r := data.Reader(); ; {
		entry, err := r.Next()
		switch {
		case err != nil:
			return 0, err
		case entry == nil:
			return 0, fmt.Errorf("%s: no type runtime.g", path)
		case entry.Tag == dwarf.TagStructType && entry.Val(dwarf.AttrName) == "runtime.g":
			bytes, _ := entry.Val(dwarf.AttrByteSize).(int64)
			return bytes, nil
		case entry.Tag != dwarf.TagCompileUnit:
			r.SkipChildren()
		}
	}
}
