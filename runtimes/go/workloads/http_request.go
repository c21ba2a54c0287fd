package workloads

// longestRequest is how many bytes a request may have, the empty line that ends it included.
const longestRequest = 8192 + len("\r\n\r\n")

// paths are the routes, by number.
var paths = [...]string{"/", "/wait", "/work"}

// notFound is the route of every other request.
const notFound = len(paths)

// requestState is where in a request the next byte is. A header is skipped; an empty line ends the request.
type requestState uint8

const (
	inMethod requestState = iota
	inTarget
	inVersion
	atLineFeed // of the request line or of a header
	atHeader
	inHeader
	atLastLineFeed
)

// word is the beginning of a word of the request line. Every word that means something is shorter than there is room.
type word struct {
	text   [len("HTTP/1.1") + 1]byte
	length int
}

func (w *word) add(b byte) {
	if w.length < len(w.text) {
		w.text[w.length] = b
		w.length++
	}
}

func (w *word) is(text string) bool { return string(w.text[:w.length]) == text }

// parsed is what a piece of the input has led to.
type parsed uint8

const (
	unfinished parsed = iota // the piece is used up, and the request is not whole
	whole                    // a request has ended
	noRequest                // what has come is none, whatever follows
)

// requestParser reads HTTP/1.1 requests without a body, in whatever pieces they come. It keeps of them only what the
// answer depends on, so the input may be overwritten.
type requestParser struct {
	state  requestState
	length int // of the request so far
	word   word
	isGet  bool
	route  int // of the request that has ended
}

// next reads until a request is whole, and says how much of the input it has used. After noRequest it is not to be
// called again.
func (p *requestParser) next(in []byte) (used int, what parsed) {
	for i, b := range in {
		if p.length++; p.length > longestRequest {
			return i, noRequest
		}
		switch p.state {
		case inMethod, inTarget:
			switch {
			case visible(b):
				p.word.add(b)
			case b == ' ' && p.word.length > 0:
				p.endWord()
			default:
				return i, noRequest
			}
		case inVersion:
			switch {
			case visible(b):
				p.word.add(b)
			case b == '\r' && p.word.is("HTTP/1.1"):
				p.state = atLineFeed
			default:
				return i, noRequest
			}
		case atHeader, inHeader:
			switch {
			case b == '\n':
				return i, noRequest
			case b != '\r':
				p.state = inHeader
			case p.state == inHeader:
				p.state = atLineFeed
			default:
				p.state = atLastLineFeed
			}
		case atLineFeed:
			if b != '\n' {
				return i, noRequest
			}
			p.state = atHeader
		case atLastLineFeed:
			if b != '\n' {
				return i, noRequest
			}
			p.state, p.length, p.word.length = inMethod, 0, 0
			return i + 1, whole
		}
	}
	return len(in), unfinished
}

func visible(b byte) bool { return b > ' ' && b < 0x7f }

// endWord takes the word that a space has ended, and goes on to the next.
func (p *requestParser) endWord() {
	if p.state == inMethod {
		p.isGet = p.word.is("GET")
		p.state = inTarget
	} else {
		p.route = notFound
		for i := range paths {
			if p.isGet && p.word.is(paths[i]) {
				p.route = i
			}
		}
		p.state = inVersion
	}
	p.word.length = 0
}
