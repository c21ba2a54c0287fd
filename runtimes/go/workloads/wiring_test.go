package workloads

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"threadmark/bench_go/catalog"
)

// A checker that nobody calls rejects nothing, and no honest run can show that: so the text of each body is looked at.
// The last statement of an iteration must return what the workload's own checker says.
func TestEveryBodyReturnsItsCheckersVerdict(t *testing.T) {
	for i := range catalog.Workloads {
		name := catalog.Workloads[i].Name
		file, err := parser.ParseFile(token.NewFileSet(), name+".go", nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		want := "check"
		for _, word := range strings.Split(name, "_") {
			want += strings.ToUpper(word[:1]) + word[1:]
		}
		bodies := 0
		ast.Inspect(file, func(n ast.Node) bool {
			f, ok := n.(*ast.FuncLit)
			if !ok || f.Type.Results == nil {
				return true
			}
			bodies++
			last, ok := f.Body.List[len(f.Body.List)-1].(*ast.ReturnStmt)
			if !ok || len(last.Results) != 1 {
				t.Errorf("%s: the body does not end in a return", name)
				return false
			}
			if call, ok := last.Results[0].(*ast.CallExpr); ok {
				if callee, ok := call.Fun.(*ast.Ident); ok && callee.Name == want {
					return false
				}
			}
			t.Errorf("%s: the body does not return what %s says", name, want)
			return false
		})
		if bodies != 1 {
			t.Errorf("%s: %d bodies in its file", name, bodies)
		}
	}
}
