package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
)

// maxRequestBytes is above what an envelope of the benches takes.
const maxRequestBytes = 1 << 20

// served is one request to the HTTP server: a signature of an artifact.
type served struct {
	ArtifactReference string     `json:"artifactReference"`
	Descriptor        descriptor `json:"descriptor"`
	Signature         signature  `json:"signature"`
}

// serve verifies over HTTP what is posted, by one bundle, until the process is ended. Its first line of output is
// the address.
func serve(bundleFile, folder string) error {
	text, err := os.ReadFile(bundleFile)
	if err != nil {
		return err
	}
	var trusted bundle
	if err := json.Unmarshal(text, &trusted); err != nil {
		return err
	}
	made := newBench(folder).make(&trusted)
	if made.err != nil {
		return made.err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("http://%s\n", listener.Addr())
	return http.Serve(listener, handler(made))
}

func handler(made entry) http.HandlerFunc {
	return func(w http.ResponseWriter, posted *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, posted.Body, maxRequestBytes))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		var s served
		if err := json.Unmarshal(body, &s); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		a := answer{Results: []result{}}
		verify(&a, made.verifier, &request{
			Reference: s.ArtifactReference, Descriptor: s.Descriptor,
			MediaType: s.Signature.MediaType, Envelope: s.Signature.Envelope,
		})
		w.Header().Set("Content-Type", "application/json")
		if err := write(w, a); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
}
