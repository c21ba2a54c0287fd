package workloads

import "bytes"

// longestHead is how many bytes a request may have before the empty line that ends it.
const longestHead = 8192

var endOfHead = []byte("\r\n\r\n")

// paths are the routes, by number.
var paths = [...]string{"/", "/wait", "/work"}

// notFound is the route of every other request.
const notFound = len(paths)

// parsed is what a piece of the input has led to.
type parsed uint8

const (
	unfinished parsed = iota // the piece is used up, and the request is not whole
	whole                    // a request has ended
	noRequest                // what has come is none, whatever follows
)

// requestParser reads HTTP/1.1 requests without a body, in whatever pieces they come: by the same search as the C++
// models' (http_request.hpp). Headers are passed over. It holds no memory between requests.
type requestParser struct {
	pending []byte
	route   int // of the request that has ended
}

// next reads until a request is whole, and says how much of the input it has used. After noRequest it is not to be
// called again.
func (p *requestParser) next(in []byte) (used int, what parsed) {
	all, kept := in, len(p.pending)
	from := 0 // no end of a head is before it
	if kept > 0 {
		p.pending = append(p.pending, in...)
		all = p.pending
		if from = kept - len(endOfHead) + 1; from < 0 {
			from = 0
		}
	}
	end := bytes.Index(all[from:], endOfHead)
	if end < 0 {
		if len(all) > longestHead {
			return 0, noRequest
		}
		if kept == 0 && len(in) > 0 {
			p.pending = append(p.pending, in...)
		}
		return len(in), unfinished
	}
	end += from
	good := end <= longestHead && p.readFirstLine(all[:end])
	p.pending = nil
	if !good {
		return 0, noRequest
	}
	return end + len(endOfHead) - kept, whole
}

// readFirstLine takes "GET /path HTTP/1.1".
func (p *requestParser) readFirstLine(head []byte) bool {
	line, _, _ := bytes.Cut(head, endOfHead[:2])
	method, rest, _ := bytes.Cut(line, []byte(" "))
	path, version, found := bytes.Cut(rest, []byte(" "))
	if !found || len(method) == 0 || len(path) == 0 || string(version) != "HTTP/1.1" {
		return false
	}
	p.route = notFound
	if string(method) == "GET" {
		for i := range paths {
			if string(path) == paths[i] {
				p.route = i
			}
		}
	}
	return true
}
