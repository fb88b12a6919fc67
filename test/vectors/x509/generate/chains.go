// Reads chains from standard input and writes chains.json: each with what notation-core-go says of it.
// Run as chains.ts says; the module file of test/peers pins notation-core-go.
package main

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"time"

	nx509 "github.com/notaryproject/notation-core-go/x509"
)

type testCase struct {
	Name    string   `json:"name"`
	Purpose string   `json:"purpose"`
	At      string   `json:"at,omitempty"`
	Chain   []string `json:"chain"`
	Error   string   `json:"error,omitempty"`
}

func main() {
	var cases []testCase
	if err := json.NewDecoder(os.Stdin).Decode(&cases); err != nil {
		panic(err)
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "{\n  \"source\": \"generate/chains.ts judged by generate/chains.go: notation-core-go v1.3.0 under %s\",\n  \"cases\": [\n", runtime.Version())
	for i := range cases {
		if err := judge(cases[i]); err != nil {
			cases[i].Error = err.Error()
		}
		var line bytes.Buffer
		encoder := json.NewEncoder(&line)
		encoder.SetEscapeHTML(false)
		encoder.Encode(cases[i])
		fmt.Fprintf(&out, "    %s", bytes.TrimSpace(line.Bytes()))
		if i < len(cases)-1 {
			out.WriteString(",")
		}
		out.WriteString("\n")
	}
	out.WriteString("  ]\n}\n")
	os.Stdout.Write(out.Bytes())
}

func judge(one testCase) error {
	var chain []*x509.Certificate
	for _, text := range one.Chain {
		der, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			panic(err)
		}
		certificate, err := x509.ParseCertificate(der)
		if err != nil {
			return err
		}
		chain = append(chain, certificate)
	}
	if one.Purpose == "timestamping" {
		return nx509.ValidateTimestampingCertChain(chain)
	}
	if one.At == "" {
		return nx509.ValidateCodeSigningCertChain(chain, nil)
	}
	at, err := time.Parse(time.RFC3339Nano, one.At)
	if err != nil {
		panic(err)
	}
	return nx509.ValidateCodeSigningCertChain(chain, &at)
}
