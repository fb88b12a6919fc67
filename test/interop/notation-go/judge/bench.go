package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/notaryproject/notation-go"
	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// maxUnnamed bounds the verifiers kept for bundles without a bundleId; named ones are kept for good.
const maxUnnamed = 256

// bench holds the verifiers made so far.
type bench struct {
	folder  string
	made    int
	named   map[string]entry
	unnamed map[string]entry
}

// entry is a bundle's verifier, or why there is none, and the folder of its stores.
type entry struct {
	verifier notation.Verifier
	err      error
	folder   string
}

func newBench(folder string) *bench {
	return &bench{folder: folder, named: map[string]entry{}, unnamed: map[string]entry{}}
}

// answer judges one line. A line that is no request and a panic of the library are answers too.
func (b *bench) answer(line []byte) (a answer) {
	var r request
	defer func() {
		if problem := recover(); problem != nil {
			text := fmt.Sprintf("panic: %v", problem)
			a = answer{ID: r.ID, Error: &text, Results: []result{}, Panic: true}
		}
	}()
	a.Results = []result{}
	if err := json.Unmarshal(line, &r); err != nil {
		a.ID, a.Error, a.Refused = r.ID, textOf(fmt.Errorf("request: %w", err)), true
		return a
	}
	a.ID = r.ID
	e, err := b.entry(&r)
	if err != nil || r.Reference == "" {
		a.Error, a.Refused = textOf(err), err != nil
		return a
	}
	if r.Signatures != nil {
		verifyArtifact(&a, e.verifier, &r)
		return a
	}
	verify(&a, e.verifier, &r)
	return a
}

// verify judges one signature.
func verify(a *answer, v notation.Verifier, r *request) {
	asked := r.asked()
	started := time.Now()
	outcome, err := v.Verify(context.Background(), asked, r.Envelope, notation.VerifierVerifyOptions{
		ArtifactReference: r.Reference, SignatureMediaType: r.MediaType, UserMetadata: r.UserMetadata,
	})
	a.Nanoseconds = time.Since(started).Nanoseconds()
	a.Error = textOf(err)
	if outcome != nil {
		a.add(outcome)
	}
}

func (r *request) asked() ocispec.Descriptor {
	return ocispec.Descriptor{MediaType: r.Descriptor.MediaType, Digest: digest.Digest(r.Descriptor.Digest), Size: r.Descriptor.Size}
}

func (a *answer) add(outcome *notation.VerificationOutcome) {
	a.Level = outcome.VerificationLevel.Name
	for _, found := range outcome.VerificationResults {
		a.Results = append(a.Results, result{string(found.Type), string(found.Action), textOf(found.Error)})
	}
}

// entry finds or makes a request's verifier; a bundle that was refused is refused again.
func (b *bench) entry(r *request) (entry, error) {
	if r.Bundle == nil {
		e, ok := b.named[r.BundleID]
		if !ok {
			return e, fmt.Errorf("request: no bundle was named %q", r.BundleID)
		}
		return e, e.err
	}
	if r.BundleID != "" {
		e := b.make(r.Bundle)
		b.named[r.BundleID] = e
		return e, e.err
	}
	text, err := json.Marshal(r.Bundle)
	if err != nil {
		return entry{}, err
	}
	e, ok := b.unnamed[string(text)]
	if !ok {
		b.forget()
		e = b.make(r.Bundle)
		b.unnamed[string(text)] = e
	}
	return e, e.err
}

func (b *bench) make(held *bundle) entry {
	b.made++
	e := entry{folder: filepath.Join(b.folder, strconv.Itoa(b.made))}
	e.verifier, e.err = held.verifier(e.folder)
	return e
}

// forget empties the unnamed verifiers when there are too many.
func (b *bench) forget() {
	if len(b.unnamed) < maxUnnamed {
		return
	}
	for _, e := range b.unnamed {
		os.RemoveAll(e.folder)
	}
	clear(b.unnamed)
}

func textOf(err error) *string {
	if err == nil {
		return nil
	}
	text := err.Error()
	return &text
}
