// Command revocation has notation-core-go judge the cases that write-cases.ts wrote, and writes what it
// found beside them:
//
//	node revocation/write-cases.ts
//	go run ./revocation ../revocation/cases.json ../revocation/reference.json
//
// It asks no server: the answers stand in the cases. Keys are made anew in each run; dates are so far
// apart that what is found holds at any time between 2022 and 2098.
package main

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/notaryproject/notation-core-go/revocation"
	"github.com/notaryproject/notation-core-go/revocation/crl"
	"github.com/notaryproject/notation-core-go/revocation/purpose"
)

type answer struct {
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"`
	Body    []byte            `json:"body"`
}

type revocationCase struct {
	Name            string            `json:"name"`
	Chain           []int             `json:"chain"`
	SigningTime     time.Time         `json:"signingTime"`
	Answers         map[string]answer `json:"answers"`
	BreaksReference bool              `json:"breaksReference"`
}

type server struct {
	Method string `json:"method"`
	URL    string `json:"url"`
	Result string `json:"result"`
	Error  string `json:"error,omitempty"`
}

type certificate struct {
	Result  string   `json:"result"`
	Method  string   `json:"method"`
	Servers []server `json:"servers,omitempty"`
}

type finding struct {
	Name         string        `json:"name"`
	Certificates []certificate `json:"certificates"`
}

func main() {
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(in, out string) error {
	text, err := os.ReadFile(in)
	if err != nil {
		return err
	}
	var input struct {
		Certificates [][]byte         `json:"certificates"`
		Cases        []revocationCase `json:"cases"`
	}
	if err := json.Unmarshal(text, &input); err != nil {
		return err
	}
	findings := []finding{}
	for _, c := range input.Cases {
		if c.BreaksReference {
			continue
		}
		certificates, err := judge(c, input.Certificates)
		if err != nil {
			return fmt.Errorf("%s: %w", c.Name, err)
		}
		findings = append(findings, finding{c.Name, certificates})
	}
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	if err := encoder.Encode(map[string]any{"origin": origin(), "findings": findings}); err != nil {
		return err
	}
	return os.WriteFile(out, buffer.Bytes(), 0o644)
}

func judge(c revocationCase, certificates [][]byte) ([]certificate, error) {
	client := &http.Client{Transport: table(c.Answers)}
	fetcher, err := crl.NewHTTPFetcher(client)
	if err != nil {
		return nil, err
	}
	validator, err := revocation.NewWithOptions(revocation.Options{
		OCSPHTTPClient:   client,
		CRLFetcher:       fetcher,
		CertChainPurpose: purpose.CodeSigning,
	})
	if err != nil {
		return nil, err
	}
	var chain []*x509.Certificate
	for _, place := range c.Chain {
		parsed, err := x509.ParseCertificate(certificates[place])
		if err != nil {
			return nil, err
		}
		chain = append(chain, parsed)
	}
	results, err := validator.ValidateContext(context.Background(), revocation.ValidateContextOptions{
		CertChain:            chain,
		AuthenticSigningTime: c.SigningTime,
	})
	if err != nil {
		return nil, err
	}
	var found []certificate
	for _, r := range results {
		entry := certificate{Result: r.Result.String(), Method: r.RevocationMethod.String()}
		for _, s := range r.ServerResults {
			one := server{Method: s.RevocationMethod.String(), URL: s.Server, Result: s.Result.String()}
			if s.Error != nil {
				one.Error = s.Error.Error()
			}
			entry.Servers = append(entry.Servers, one)
		}
		found = append(found, entry)
	}
	return found, nil
}

// table answers by URL, or by the URL's beginning.
type table map[string]answer

func (t table) RoundTrip(request *http.Request) (*http.Response, error) {
	url := request.URL.String()
	for start, a := range t {
		if url != start && !strings.HasPrefix(url, start+"/") {
			continue
		}
		status := a.Status
		if status == 0 {
			status = http.StatusOK
		}
		header := http.Header{}
		for name, value := range a.Headers {
			header.Set(name, value)
		}
		return &http.Response{
			StatusCode: status,
			Header:     header,
			Body:       io.NopCloser(bytes.NewReader(a.Body)),
			Request:    request,
		}, nil
	}
	return nil, fmt.Errorf("connection refused")
}

func origin() string {
	info, _ := debug.ReadBuildInfo()
	for _, dependency := range info.Deps {
		if strings.HasSuffix(dependency.Path, "/notation-core-go") {
			return "notation-core-go " + dependency.Version + " under " + info.GoVersion
		}
	}
	return info.GoVersion
}
