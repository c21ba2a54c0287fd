package workloads

import (
	"io"
	"net"
	"net/http"
	"strconv"
)

// acceptByNetHTTP is the variant http: the server of Go's library, as it comes, but for the header Date, which the answers
// of the other servers do not have either. It ends when the listener is closed.
func (h *httpService) acceptByNetHTTP() {
	mux := http.NewServeMux()
	for route := range paths {
		mux.HandleFunc(paths[route], h.handler(route))
	}
	server := http.Server{Handler: mux, ConnState: h.noteState}
	_ = server.Serve(h.listener) // that the listener has been closed: what else keeps it from accepting, it waits for itself
}

// noteState counts connections. Each is new once and closed once, and no handler takes one over.
func (h *httpService) noteState(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		h.open.add(1)
	case http.StateClosed:
		h.open.add(-1)
	}
}

func (h *httpService) handler(route int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		asked := route
		if r.Method != http.MethodGet || r.URL.Path != paths[route] { // the pattern "/" is that of every other path, too
			asked = notFound
		}
		status, text := h.visit(asked), ""
		header := w.Header()
		header["Date"] = nil
		if status == http.StatusOK {
			text = hello
			header.Set("Content-Type", "text/plain")
		}
		header.Set("Content-Length", strconv.Itoa(len(text)))
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text) // a peer that has gone is no error
	}
}
