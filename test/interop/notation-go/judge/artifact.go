package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/notaryproject/notation-go"
	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// maxSignatures is the default of `notation verify`.
const maxSignatures = 100

// signature is one of an artifact's. One without an envelope is listed, and cannot be fetched.
type signature struct {
	MediaType string `json:"mediaType"`
	Envelope  []byte `json:"envelope"`
}

// verifyArtifact judges all signatures of an artifact, as `notation verify` does.
func verifyArtifact(a *answer, v notation.Verifier, r *request) {
	held := artifact{asked: r.asked(), signatures: r.Signatures}
	_, outcomes, err := notation.Verify(context.Background(), v, held, notation.VerifyOptions{
		ArtifactReference: r.Reference, MaxSignatureAttempts: maxSignatures, UserMetadata: r.UserMetadata,
	})
	a.Error = textOf(err)
	for _, outcome := range outcomes {
		a.add(outcome)
	}
}

// artifact is a repository that holds one artifact and its signatures.
type artifact struct {
	asked      ocispec.Descriptor
	signatures []signature
}

func (a artifact) Resolve(context.Context, string) (ocispec.Descriptor, error) {
	return a.asked, nil
}

func (a artifact) ListSignatures(_ context.Context, _ ocispec.Descriptor, fn func([]ocispec.Descriptor) error) error {
	var manifests []ocispec.Descriptor
	for index, s := range a.signatures {
		manifests = append(manifests, ocispec.Descriptor{
			MediaType: ocispec.MediaTypeImageManifest, Digest: digest.FromString(fmt.Sprint(index)), Size: int64(index), ArtifactType: s.MediaType,
		})
	}
	return fn(manifests)
}

func (a artifact) FetchSignatureBlob(_ context.Context, manifest ocispec.Descriptor) ([]byte, ocispec.Descriptor, error) {
	found := a.signatures[manifest.Size]
	if found.Envelope == nil {
		return nil, ocispec.Descriptor{}, errors.New("not found")
	}
	return found.Envelope, ocispec.Descriptor{MediaType: found.MediaType}, nil
}

func (a artifact) PushSignature(context.Context, string, []byte, ocispec.Descriptor, map[string]string) (ocispec.Descriptor, ocispec.Descriptor, error) {
	return ocispec.Descriptor{}, ocispec.Descriptor{}, errors.New("read only")
}
