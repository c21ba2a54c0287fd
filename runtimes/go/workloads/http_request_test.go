package workloads

import (
	"fmt"
	"strings"
	"testing"
)

// routesOf feeds pieces to a parser and returns the routes of the requests, and whether it ended in none.
func routesOf(pieces ...string) (routes []int, isNone bool) {
	var p requestParser
	for _, piece := range pieces {
		for in := []byte(piece); ; {
			used, what := p.next(in)
			if what == noRequest {
				return routes, true
			}
			if what == unfinished {
				if used != len(in) {
					panic("a request is unfinished though input is left")
				}
				break
			}
			routes = append(routes, p.route)
			in = in[used:]
		}
	}
	return routes, false
}

// The routes that a request may have, written as clients write it.
var requests = map[string]int{
	"GET / HTTP/1.1\r\n\r\n":                                       0,
	"GET / HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n":               0,
	"GET /wait HTTP/1.1\r\nHost: a\r\nUser-Agent: wrk/4.1\r\n\r\n": 1,
	"GET /work HTTP/1.1\r\nHost: a\r\n\r\n":                        2,
	"GET /wor HTTP/1.1\r\n\r\n":                                    notFound,
	"GET /works HTTP/1.1\r\n\r\n":                                  notFound,
	"GET /workingonandon HTTP/1.1\r\n\r\n":                         notFound,
	"GET //wait HTTP/1.1\r\n\r\n":                                  notFound,
	"GET wait HTTP/1.1\r\n\r\n":                                    notFound,
	"GET /Wait HTTP/1.1\r\n\r\n":                                   notFound,
	"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n":                 notFound,
	"GE / HTTP/1.1\r\n\r\n":                                        notFound,
	"GETGETGETGET / HTTP/1.1\r\n\r\n":                              notFound,
	"get / HTTP/1.1\r\n\r\n":                                       notFound,
	"GET / HTTP/1.1\r\nno colon\r\n folded\r\n: \x00\xff\r\n\r\n":  0, // headers are skipped
}

func TestARequestMayBeCutAnywhere(t *testing.T) {
	for request, route := range requests {
		want := fmt.Sprint([]int{route}, false)
		for first := 0; first <= len(request); first++ {
			for second := first; second <= len(request); second++ {
				got := fmt.Sprint(routesOf(request[:first], request[first:second], request[second:]))
				if got != want {
					t.Fatalf("%q cut at %d and %d: %s, not %s", request, first, second, got, want)
				}
			}
		}
		for end := 0; end < len(request); end++ {
			if routes, isNone := routesOf(request[:end]); len(routes) > 0 || isNone {
				t.Errorf("%q: %v, %v", request[:end], routes, isNone)
			}
		}
	}
}

func TestSeveralRequestsInOnePiece(t *testing.T) {
	const get, wait, other = "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET /wait HTTP/1.1\r\n\r\n", "PUT /x HTTP/1.1\r\n\r\n"
	all := get + wait + other + other + get
	want := fmt.Sprint([]int{0, 1, notFound, notFound, 0}, false)
	for cut := 0; cut <= len(all); cut++ {
		if got := fmt.Sprint(routesOf(all[:cut], all[cut:])); got != want {
			t.Errorf("cut at %d: %s, not %s", cut, got, want)
		}
	}
	if got := fmt.Sprint(routesOf(get + wait + "\r\n\r\n" + get)); got != fmt.Sprint([]int{0, 1}, true) {
		t.Errorf("two, and then none: %s", got)
	}
}

func TestWhatIsNoRequest(t *testing.T) {
	for _, line := range []string{
		"", " ", "\n", "\x00", " GET / HTTP/1.1", "GET  / HTTP/1.1", "GET", "GET /", "GET / ", "GET HTTP/1.1", " / HTTP/1.1",
		"GET /a b HTTP/1.1", "GET / HTTP/1.0", "GET / HTTP/1.11", "GET / HTTP/1.1HTTP/1.1", "GET / HTTP/2", "GET / http/1.1",
		"GET / HTTP/1.1 ", "GET / HTTP/1.1\nHost: a",
	} {
		text := line + "\r\n\r\n"
		for cut := 0; cut <= len(text); cut++ {
			if routes, isNone := routesOf(text[:cut], text[cut:]); len(routes) > 0 || !isNone {
				t.Errorf("%q cut at %d: %v, %v", text, cut, routes, isNone)
			}
		}
	}
}

func TestARequestMayHaveEightKilobytes(t *testing.T) {
	filled := func(begin, end string, length int) string { // not counting the empty line
		return begin + strings.Repeat("x", length-len(begin)-len(end)) + end + "\r\n\r\n"
	}
	header := "X-Header: " + strings.Repeat("x", 1000) + "\r\n"
	for what, text := range map[string]func(length int) string{
		"a long target": func(n int) string { return filled("GET /", " HTTP/1.1", n) },
		"a long method": func(n int) string { return filled("G", " / HTTP/1.1", n) },
		"a long header": func(n int) string { return filled("GET / HTTP/1.1\r\nHost: ", "", n) },
		"many headers":  func(n int) string { return filled("GET / HTTP/1.1\r\n"+strings.Repeat(header, 7), "", n) },
	} {
		most := text(8192)
		if routes, isNone := routesOf(most, most, most); len(routes) != 3 || isNone {
			t.Errorf("%s, just short enough: %v, %v", what, routes, isNone)
		}
		if routes, isNone := routesOf(text(8193)); len(routes) != 0 || !isNone {
			t.Errorf("%s, a byte too long: %v, %v", what, routes, isNone)
		}
	}
	for _, begin := range []string{"", "GET /", "GET / ", "GET / HTTP/1.1\r\n"} { // none of which ever ends
		if _, isNone := routesOf(begin + strings.Repeat("x", 8197)); !isNone {
			t.Errorf("%q goes on and on", begin)
		}
	}
}
