// Command envelope fills the expectations of ../envelope/cases.json with what notation-core-go says,
// and writes ../envelope/reference.json, envelopes that it made:
//
//	node envelope/write-cases.ts && go run ./envelope ../envelope
//
// Each case gets the error of the verification, of the check of the payload's content type, or of the
// reading of the payload, in this order; or null.
package main

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"time"

	"github.com/notaryproject/notation-core-go/signature"
	_ "github.com/notaryproject/notation-core-go/signature/cose"
	_ "github.com/notaryproject/notation-core-go/signature/jws"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

const (
	casesOrigin     = "the envelopes are made by test/vectors/generate/envelope/write-cases.ts; the errors are notation-core-go v1.3.0's, written by test/vectors/generate/envelope"
	referenceOrigin = "made by notation-core-go v1.3.0, written by test/vectors/generate/envelope"
	jws             = "application/jose+json"
	cose            = "application/cose"
	payloadType     = "application/vnd.cncf.notary.payload.v1+json"
	payload         = `{"targetArtifact":{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:60043cf45eaebc4c0867fea485a039b598f52fd09fd5b07b0b2d2f88fad9d74e","size":528,"annotations":{"build":"42","team":"blue"}}}`
)

var signedAt = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)

type cases struct {
	Origin string         `json:"origin"`
	Cases  []envelopeCase `json:"cases"`
}

type envelopeCase struct {
	Name      string  `json:"name"`
	MediaType string  `json:"mediaType"`
	Envelope  []byte  `json:"envelope"`
	Error     *string `json:"error"`
	Stricter  string  `json:"stricter,omitempty"`
}

type reference struct {
	Origin    string              `json:"origin"`
	Envelopes []referenceEnvelope `json:"envelopes"`
}

type referenceEnvelope struct {
	Name      string `json:"name"`
	MediaType string `json:"mediaType"`
	KeySpec   string `json:"keySpec"`
	Envelope  []byte `json:"envelope"`
}

func main() {
	folder := os.Args[1]
	var judged cases
	read(filepath.Join(folder, "cases.json"), &judged)
	judged.Origin = casesOrigin
	for i, item := range judged.Cases {
		judged.Cases[i].Error = judge(item)
	}
	write(filepath.Join(folder, "cases.json"), judged)
	write(filepath.Join(folder, "reference.json"), reference{referenceOrigin, makeEnvelopes()})
}

func judge(item envelopeCase) *string {
	fail := func(err error) *string {
		text := err.Error()
		return &text
	}
	envelope, err := signature.ParseEnvelope(item.MediaType, item.Envelope)
	if err != nil {
		return fail(err)
	}
	content, err := envelope.Verify()
	if err != nil {
		return fail(err)
	}
	// As notation-go's internal/envelope does it.
	if content.Payload.ContentType != payloadType {
		return fail(fmt.Errorf("payload content type %q not supported", content.Payload.ContentType))
	}
	var signed struct {
		TargetArtifact ocispec.Descriptor `json:"targetArtifact"`
	}
	if err := json.Unmarshal(content.Payload.Content, &signed); err != nil {
		return fail(err)
	}
	return nil
}

func makeEnvelopes() (made []referenceEnvelope) {
	keys := []struct {
		keySpec string
		key     crypto.Signer
	}{
		{"RSA-2048", makeRSA(2048)}, {"RSA-3072", makeRSA(3072)}, {"RSA-4096", makeRSA(4096)},
		{"EC-256", makeEC(elliptic.P256())}, {"EC-384", makeEC(elliptic.P384())}, {"EC-521", makeEC(elliptic.P521())},
	}
	for _, item := range keys {
		signer := makeSigner(item.key)
		for _, mediaType := range []string{jws, cose} {
			add := func(name string, request signature.SignRequest) {
				request.Payload = signature.Payload{ContentType: payloadType, Content: []byte(payload)}
				request.Signer = signer
				request.SigningTime = signedAt
				request.SigningAgent = "reference/1.3.0"
				envelope := must(signature.NewEnvelope(mediaType))
				made = append(made, referenceEnvelope{name, mediaType, item.keySpec, must(envelope.Sign(&request))})
			}
			add("plain", signature.SignRequest{SigningScheme: signature.SigningSchemeX509})
			if item.keySpec != "EC-256" {
				continue
			}
			add("expiring", signature.SignRequest{SigningScheme: signature.SigningSchemeX509, Expiry: signedAt.Add(time.Hour)})
			add("signing authority", signature.SignRequest{
				SigningScheme: signature.SigningSchemeX509SigningAuthority,
				Expiry:        signedAt.Add(time.Hour),
				ExtendedSignedAttributes: []signature.Attribute{
					{Key: "com.example.note", Value: "for people"},
					{Key: "io.cncf.notary.verificationPlugin", Critical: true, Value: "com.example.plugin"},
				},
			})
		}
	}
	return made
}

func makeSigner(key crypto.Signer) signature.LocalSigner {
	rootKey := makeEC(elliptic.P256())
	root := x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Root"}, KeyUsage: x509.KeyUsageCertSign,
		NotBefore: signedAt.AddDate(-5, 0, 0), NotAfter: signedAt.AddDate(5, 0, 0), IsCA: true, BasicConstraintsValid: true,
	}
	leaf := x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "Leaf"}, KeyUsage: x509.KeyUsageDigitalSignature,
		NotBefore: signedAt.AddDate(-1, 0, 0), NotAfter: signedAt.AddDate(1, 0, 0),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning},
	}
	certificates := []*x509.Certificate{
		parse(x509.CreateCertificate(rand.Reader, &leaf, &root, key.Public(), rootKey)),
		parse(x509.CreateCertificate(rand.Reader, &root, &root, rootKey.Public(), rootKey)),
	}
	return must(signature.NewLocalSigner(certificates, key))
}

func parse(der []byte, err error) *x509.Certificate {
	return must(x509.ParseCertificate(must(der, err)))
}

func makeRSA(bits int) crypto.Signer {
	return must(rsa.GenerateKey(rand.Reader, bits))
}

func makeEC(curve elliptic.Curve) crypto.Signer {
	return must(ecdsa.GenerateKey(curve, rand.Reader))
}

func read(file string, into any) {
	if err := json.Unmarshal(must(os.ReadFile(file)), into); err != nil {
		panic(err)
	}
}

func write(file string, value any) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	if err := encoder.Encode(value); err != nil {
		panic(err)
	}
	if err := os.WriteFile(file, text.Bytes(), 0o644); err != nil {
		panic(err)
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
