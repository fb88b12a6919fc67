// Command verify makes signatures with notation-core-go, has notation-go verify them, and writes both
// as vectors:
//
//	go run ./verify ../verify/signatures.json
//
// Keys are made anew in each run. Certificates are valid from 2020 to 2099 unless a case says otherwise,
// so that the verdicts hold at any time between.
package main

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/notaryproject/notation-core-go/signature"
	_ "github.com/notaryproject/notation-core-go/signature/cose"
	_ "github.com/notaryproject/notation-core-go/signature/jws"
	"github.com/notaryproject/notation-go"
	"github.com/notaryproject/notation-go/dir"
	"github.com/notaryproject/notation-go/verifier"
	"github.com/notaryproject/notation-go/verifier/trustpolicy"
	"github.com/notaryproject/notation-go/verifier/truststore"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

const (
	origin    = "signatures by notation-core-go v1.3.0, verdicts by notation-go v1.3.2; written by test/vectors/generate/verify"
	jws       = "application/jose+json"
	cose      = "application/cose"
	digest    = "sha256:60043cf45eaebc4c0867fea485a039b598f52fd09fd5b07b0b2d2f88fad9d74e"
	reference = "reg.io/app@" + digest
	payload   = `{"targetArtifact":{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"` + digest + `","size":528,"annotations":{"build":"42"}}}`
)

var (
	from  = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	until = time.Date(2099, 12, 31, 23, 59, 59, 0, time.UTC)
	then  = time.Date(2022, 6, 1, 12, 0, 0, 0, time.UTC)
	acme  = pkix.Name{Country: []string{"US"}, Province: []string{"UT"}, Locality: []string{"Lehi"}, Organization: []string{"Acme"}, CommonName: "Signer"}
)

// vector is a case as it is written.
type vector struct {
	Name         string            `json:"name"`
	Bundle       bundle            `json:"bundle"`
	Reference    string            `json:"reference"`
	Descriptor   descriptor        `json:"descriptor"`
	UserMetadata map[string]string `json:"userMetadata,omitempty"`
	MediaType    string            `json:"mediaType"`
	Envelope     []byte            `json:"envelope"`
	// Error is what Verify returned; null when it verified.
	Error   *string  `json:"error"`
	Level   string   `json:"level"`
	Results []result `json:"results"`
}

type bundle struct {
	TrustPolicy json.RawMessage     `json:"trustPolicy"`
	TrustStores map[string][]string `json:"trustStores"`
}

type descriptor struct {
	MediaType string `json:"mediaType"`
	Digest    string `json:"digest"`
	Size      int64  `json:"size"`
}

type result struct {
	Type   string  `json:"type"`
	Action string  `json:"action"`
	Error  *string `json:"error"`
}

// options is a case as it is asked for; zero values are what makes a signature verify.
type options struct {
	name       string
	mediaType  string
	key        crypto.Signer
	subject    *pkix.Name
	leafFrom   time.Time
	leafUntil  time.Time
	scheme     signature.SigningScheme
	signedAt   time.Time
	expiry     time.Time
	attributes []signature.Attribute
	payload    string
	alter      func([]byte) []byte
	asked      *descriptor
	metadata   map[string]string
	level      string
	identities []string
	stores     []string
	// held maps stores of the bundle to the place in the chain of the certificate they hold; -1 is a foreign one.
	held map[string]int
}

func main() {
	var vectors []vector
	for _, c := range cases() {
		vectors = append(vectors, run(c))
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	check(encoder.Encode(map[string]any{"origin": origin, "cases": vectors}))
	check(os.WriteFile(os.Args[1], text.Bytes(), 0o644))
}

func cases() []options {
	sa := signature.SigningSchemeX509SigningAuthority
	identity := func(text string) []string { return []string{"x509.subject:" + text} }
	other := descriptor{"application/vnd.oci.image.manifest.v1+json", "sha256:" + strings.Repeat("0", 64), 528}
	otherSize := descriptor{"application/vnd.oci.image.manifest.v1+json", digest, 529}
	otherType := descriptor{"application/vnd.oci.image.index.v1+json", digest, 528}
	noState := acme
	noState.Province = nil
	units := acme
	units.OrganizationalUnit = []string{"a", "b"}
	extended := acme
	extended.ExtraNames = []pkix.AttributeTypeAndValue{{Type: asn1.ObjectIdentifier{2, 5, 4, 15}, Value: "Private Organization"}}
	special := acme
	special.CommonName = ` a,b+c"d\e<f>;g# `
	plugin := []signature.Attribute{{Key: "io.cncf.notary.verificationPlugin", Critical: true, Value: "vendor"}}
	list := []options{
		{name: "identity by subset", identities: identity("C=US, ST=UT, O=Acme")},
		{name: "identity as inspect prints it", identities: identity("CN=Signer,O=Acme,L=Lehi,ST=UT,C=US")},
		{name: "identity with S for ST", identities: identity("C=US, S=UT, O=Acme")},
		{name: "identity of another organization", identities: identity("C=US, ST=UT, O=Other")},
		{name: "identity in other case", identities: identity("C=US, ST=UT, O=acme")},
		{name: "one of two identities", identities: append(identity("C=US,ST=UT,O=Other"), identity("C=US,ST=UT,O=Acme")...)},
		{name: "identity of another kind", identities: []string{"vendor:someone"}},
		{name: "identity mismatch under audit", level: `"audit"`, identities: identity("C=US, ST=UT, O=Other")},
		{name: "leaf without ST", subject: &noState, identities: identity("C=US, ST=UT, O=Acme")},
		{name: "leaf without ST under *", subject: &noState},
		{name: "leaf with two OUs", subject: &units, identities: identity("C=US, ST=UT, O=Acme")},
		{name: "leaf with an EV attribute", subject: &extended, identities: identity("C=US, ST=UT, O=Acme")},
		{name: "leaf with special characters", subject: &special, identities: identity(`C=US, ST=UT, O=Acme, CN=\ a\,b\+c\"d\\e\<f\>\;g#\ `)},
		{name: "store holds the intermediate", held: map[string]int{"ca:acme": 1}},
		{name: "store holds a foreign root", held: map[string]int{"ca:acme": -1}},
		{name: "store holds a foreign root, under audit", level: `"audit"`, held: map[string]int{"ca:acme": -1}},
		{name: "store is missing", held: map[string]int{"ca:other": 2}},
		{name: "second of two stores", stores: []string{"ca:other", "ca:acme"}, held: map[string]int{"ca:other": -1, "ca:acme": 2}},
		{name: "signing authority store for a plain signature", stores: []string{"signingAuthority:acme"}, held: map[string]int{"signingAuthority:acme": 2}},
		{name: "signing authority", scheme: sa, stores: []string{"signingAuthority:acme"}, held: map[string]int{"signingAuthority:acme": 2}},
		{name: "signing authority under a ca store", scheme: sa},
		{name: "signing authority, leaf expired since", scheme: sa, leafUntil: then.Add(time.Hour), stores: []string{"signingAuthority:acme"}, held: map[string]int{"signingAuthority:acme": 2}},
		{name: "signing authority with tsa store", scheme: sa, stores: []string{"signingAuthority:acme", "tsa:clock"}, held: map[string]int{"signingAuthority:acme": 2, "tsa:clock": -1}},
		{name: "expired signature", expiry: then.Add(time.Hour)},
		{name: "expired signature under permissive", level: `"permissive"`, expiry: then.Add(time.Hour)},
		{name: "signature that will expire", expiry: until},
		{name: "expired leaf", leafUntil: then.Add(time.Hour)},
		{name: "expired leaf under permissive", level: `"permissive"`, leafUntil: then.Add(time.Hour)},
		{name: "leaf that will be valid", leafFrom: until.Add(-time.Hour), signedAt: until.Add(-time.Minute)},
		{name: "no timestamp, with tsa store", stores: []string{"ca:acme", "tsa:clock"}, held: map[string]int{"ca:acme": 2, "tsa:clock": -1}},
		{name: "no timestamp, with tsa store, logged", level: `"strict","override":{"authenticTimestamp":"log"}`, stores: []string{"ca:acme", "tsa:clock"}, held: map[string]int{"ca:acme": 2, "tsa:clock": -1}},
		{name: "no timestamp, after expiry only", level: `"strict","verifyTimestamp":"afterCertExpiry"`, stores: []string{"ca:acme", "tsa:clock"}, held: map[string]int{"ca:acme": 2, "tsa:clock": -1}},
		{name: "no timestamp, after expiry only, expired", level: `"strict","verifyTimestamp":"afterCertExpiry"`, leafUntil: then.Add(time.Hour), stores: []string{"ca:acme", "tsa:clock"}, held: map[string]int{"ca:acme": 2, "tsa:clock": -1}},
		{name: "another digest", asked: &other},
		{name: "another size", asked: &otherSize},
		{name: "another media type", asked: &otherType},
		{name: "another digest under audit", level: `"audit"`, asked: &other},
		{name: "metadata that was signed", metadata: map[string]string{"build": "42"}},
		{name: "metadata with another value", metadata: map[string]string{"build": "43"}},
		{name: "metadata that was not signed", metadata: map[string]string{"toString": "42"}},
		{name: "metadata under audit", level: `"audit"`, metadata: map[string]string{"build": "43"}},
		{name: "verification plugin", attributes: plugin},
		{name: "verification plugin under audit", level: `"audit"`, attributes: plugin},
		{name: "unknown critical attribute", attributes: []signature.Attribute{{Key: "com.example.note", Critical: true, Value: "x"}}},
		{name: "unknown attribute", attributes: []signature.Attribute{{Key: "com.example.note", Value: "x"}}},
		{name: "payload is another object", payload: `{"other":{}}`},
		{name: "altered signature", alter: alterSignature},
		{name: "altered signature under audit", level: `"audit"`, alter: alterSignature},
		{name: "truncated envelope", alter: func(b []byte) []byte { return b[:len(b)-1] }},
		{name: "empty envelope", alter: func([]byte) []byte { return nil }},
		{name: "level permissive", level: `"permissive"`},
		{name: "level audit", level: `"audit"`},
		{name: "override revocation", level: `"strict","override":{"revocation":"skip"}`},
	}
	var both []options
	signers := keys()
	for _, mediaType := range []string{jws, cose} {
		for _, c := range list {
			c.name, c.mediaType = c.name+", "+mediaType, mediaType
			both = append(both, c)
		}
		for _, name := range slices.Sorted(maps.Keys(signers)) {
			both = append(both, options{name: name + ", " + mediaType, mediaType: mediaType, key: signers[name]})
		}
	}
	return both
}

func alterSignature(envelope []byte) []byte {
	altered := bytes.Clone(envelope)
	if altered[0] == '{' {
		return bytes.Replace(altered, []byte(`"signature":"`), []byte(`"signature":"AAAA`), 1)
	}
	altered[len(altered)-1] ^= 1
	return altered
}

func keys() map[string]crypto.Signer {
	found := map[string]crypto.Signer{}
	for _, bits := range []int{2048, 3072, 4096} {
		key, err := rsa.GenerateKey(rand.Reader, bits)
		check(err)
		found[fmt.Sprintf("RSA-%d", bits)] = key
	}
	for _, curve := range []elliptic.Curve{elliptic.P256(), elliptic.P384(), elliptic.P521()} {
		found[fmt.Sprintf("EC-%d", curve.Params().BitSize)] = ecKey(curve)
	}
	return found
}

func run(o options) vector {
	chain, leafKey := makeChain(o)
	envelope := sign(o, chain, leafKey)
	if o.alter != nil {
		envelope = o.alter(envelope)
	}
	v := vector{Name: o.name, Reference: reference, UserMetadata: o.metadata, MediaType: o.mediaType, Envelope: envelope}
	v.Descriptor = descriptor{"application/vnd.oci.image.manifest.v1+json", digest, 528}
	if o.asked != nil {
		v.Descriptor = *o.asked
	}
	held := makeStores(o, chain)
	v.Bundle = bundle{TrustPolicy: makePolicy(o), TrustStores: held.texts()}
	verify(&v, held)
	return v
}

func makePolicy(o options) json.RawMessage {
	level, identities, stores := o.level, o.identities, o.stores
	if level == "" {
		level = `"strict"`
	}
	if identities == nil {
		identities = []string{"*"}
	}
	if stores == nil {
		stores = []string{"ca:acme"}
	}
	identityText, err := json.Marshal(identities)
	check(err)
	storeText, err := json.Marshal(stores)
	check(err)
	return json.RawMessage(fmt.Sprintf(`{"version":"1.0","trustPolicies":[{"name":"p","registryScopes":["reg.io/app"],"signatureVerification":{"level":%s},"trustStores":%s,"trustedIdentities":%s}]}`, level, storeText, identityText))
}

func makeStores(o options, chain []*x509.Certificate) stores {
	held := o.held
	if held == nil {
		held = map[string]int{"ca:acme": 2}
	}
	made := stores{}
	for name, place := range held {
		certificate := chain[max(place, 0)]
		if place == -1 {
			key := ecKey(elliptic.P256())
			certificate = issue(caTemplate("Foreign Root"), nil, key, key.Public())
		}
		made[name] = []*x509.Certificate{certificate}
	}
	return made
}

func verify(v *vector, held stores) {
	folder, err := os.MkdirTemp("", "vectors")
	check(err)
	defer os.RemoveAll(folder)
	held.write(folder)
	var policy trustpolicy.Document
	check(json.Unmarshal(v.Bundle.TrustPolicy, &policy))
	instance, err := verifier.NewWithOptions(&policy, truststore.NewX509TrustStore(dir.NewSysFS(folder)), nil, verifier.VerifierOptions{})
	check(err)
	asked := ocispec.Descriptor{MediaType: v.Descriptor.MediaType, Digest: "", Size: v.Descriptor.Size}
	check(json.Unmarshal([]byte(fmt.Sprintf("%q", v.Descriptor.Digest)), &asked.Digest))
	outcome, err := instance.Verify(context.Background(), asked, v.Envelope, notation.VerifierVerifyOptions{
		ArtifactReference: v.Reference, SignatureMediaType: v.MediaType, UserMetadata: v.UserMetadata,
	})
	v.Error = textOf(err)
	v.Level = outcome.VerificationLevel.Name
	for _, r := range outcome.VerificationResults {
		v.Results = append(v.Results, result{string(r.Type), string(r.Action), textOf(r.Error)})
	}
}

func sign(o options, chain []*x509.Certificate, key crypto.Signer) []byte {
	signer, err := signature.NewLocalSigner(chain, key)
	check(err)
	envelope, err := signature.NewEnvelope(o.mediaType)
	check(err)
	request := &signature.SignRequest{
		Payload:                  signature.Payload{ContentType: "application/vnd.cncf.notary.payload.v1+json", Content: []byte(payload)},
		Signer:                   signer,
		SigningTime:              then,
		Expiry:                   o.expiry,
		ExtendedSignedAttributes: o.attributes,
		SigningAgent:             "vectors",
		SigningScheme:            signature.SigningSchemeX509,
	}
	if !o.signedAt.IsZero() {
		request.SigningTime = o.signedAt
	}
	if o.scheme != "" {
		request.SigningScheme = o.scheme
	}
	if o.payload != "" {
		request.Payload.Content = []byte(o.payload)
	}
	text, err := envelope.Sign(request)
	check(err)
	return text
}

func makeChain(o options) ([]*x509.Certificate, crypto.Signer) {
	rootKey, middleKey := ecKey(elliptic.P256()), ecKey(elliptic.P256())
	root := issue(caTemplate("Root"), nil, rootKey, rootKey.Public())
	middle := issue(caTemplate("Issuing CA"), root, rootKey, middleKey.Public())
	key := o.key
	if key == nil {
		key = ecKey(elliptic.P256())
	}
	leaf := &x509.Certificate{Subject: acme, NotBefore: from, NotAfter: until, KeyUsage: x509.KeyUsageDigitalSignature}
	if o.subject != nil {
		leaf.Subject = *o.subject
	}
	if !o.leafFrom.IsZero() {
		leaf.NotBefore = o.leafFrom
	}
	if !o.leafUntil.IsZero() {
		leaf.NotAfter = o.leafUntil
	}
	return []*x509.Certificate{issue(leaf, middle, middleKey, key.Public()), middle, root}, key
}

func caTemplate(name string) *x509.Certificate {
	return &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, NotBefore: from, NotAfter: until,
		KeyUsage: x509.KeyUsageCertSign, BasicConstraintsValid: true, IsCA: true,
	}
}

func issue(template, parent *x509.Certificate, key crypto.Signer, public crypto.PublicKey) *x509.Certificate {
	if parent == nil {
		parent = template
	}
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	check(err)
	template.SerialNumber = serial
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, key)
	check(err)
	certificate, err := x509.ParseCertificate(der)
	check(err)
	return certificate
}

func ecKey(curve elliptic.Curve) crypto.Signer {
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	check(err)
	return key
}

// stores are certificates by "type:name".
type stores map[string][]*x509.Certificate

func (s stores) texts() map[string][]string {
	texts := map[string][]string{}
	for name, certificates := range s {
		for _, certificate := range certificates {
			texts[name] = append(texts[name], string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw})))
		}
	}
	return texts
}

// write lays the stores out as notation does, below a folder.
func (s stores) write(folder string) {
	for name, texts := range s.texts() {
		storeType, storeName, _ := strings.Cut(name, ":")
		path := filepath.Join(folder, dir.X509TrustStoreDir(storeType, storeName))
		check(os.MkdirAll(path, 0o755))
		check(os.WriteFile(filepath.Join(path, "store.pem"), []byte(strings.Join(texts, "")), 0o644))
	}
}

func textOf(err error) *string {
	if err == nil {
		return nil
	}
	text := err.Error()
	return &text
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
