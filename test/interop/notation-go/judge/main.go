// Command judge asks notation-go for its verdicts: one JSON request a line on stdin, one JSON answer a
// line on stdout, in order, each flushed before the next request is read.
//
// It verifies signatures against a descriptor and asks no registry. Revocation is asked for by
// notation-go's own HTTP clients, without a cache.
//
// "judge -serve FILE" is an HTTP server instead, which trusts the bundle in FILE.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
)

// request is one line of input.
//
// A bundle with a bundleId is kept under that name, and later lines may give the name alone. A line
// without a reference only keeps its bundle.
type request struct {
	ID           string            `json:"id"`
	BundleID     string            `json:"bundleId"`
	Bundle       *bundle           `json:"bundle"`
	Reference    string            `json:"reference"`
	Descriptor   descriptor        `json:"descriptor"`
	UserMetadata map[string]string `json:"userMetadata"`
	MediaType    string            `json:"mediaType"`
	Envelope     []byte            `json:"envelope"`
	// Signatures, where there are any, are all that the artifact has, in place of the one above.
	Signatures []signature `json:"signatures"`
}

type descriptor struct {
	MediaType string `json:"mediaType"`
	Digest    string `json:"digest"`
	Size      int64  `json:"size"`
}

// answer is one line of output. Error is what notation-go returned, null when it verified.
type answer struct {
	ID      string   `json:"id"`
	Error   *string  `json:"error"`
	Level   string   `json:"level"`
	Results []result `json:"results"`
	// Nanoseconds is how long notation-go took for one signature.
	Nanoseconds int64 `json:"nanoseconds,omitempty"`
	// Refused says that the error is about the bundle or the request: there is no verdict.
	Refused bool `json:"refused,omitempty"`
	// Panic says that notation-go did not return: its verdict is neither.
	Panic bool `json:"panic,omitempty"`
}

type result struct {
	Type   string  `json:"type"`
	Action string  `json:"action"`
	Error  *string `json:"error"`
}

func main() {
	folder, err := os.MkdirTemp("", "judge")
	if err == nil {
		if len(os.Args) == 3 && os.Args[1] == "-serve" {
			err = serve(os.Args[2], folder)
		} else {
			err = judge(os.Stdin, os.Stdout, newBench(folder))
		}
		os.RemoveAll(folder)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// judge answers until the input ends.
func judge(in io.Reader, out io.Writer, b *bench) error {
	reader := bufio.NewReaderSize(in, 1<<20)
	for {
		line, err := reader.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			if err := write(out, b.answer(line)); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func write(out io.Writer, a answer) error {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(a); err != nil {
		return err
	}
	_, err := out.Write(text.Bytes())
	return err
}
