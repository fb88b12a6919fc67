// Writes names.json: distinguished names in DER, and what Go makes of them as a certificate's subject.
// Run: go run names.go > ../names.json
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"runtime"
	"time"
)

type attribute struct {
	oid   asn1.ObjectIdentifier
	tag   int
	value []byte
}

type testCase struct {
	Name   string `json:"name"`
	Der    string `json:"der"`
	String string `json:"string,omitempty"`
	Quoted string `json:"quoted,omitempty"`
	Error  string `json:"error,omitempty"`
}

var (
	cn, sn, c, l, st  = oid(3), oid(5), oid(6), oid(7), oid(8)
	street, o, ou, pc = oid(9), oid(10), oid(11), oid(17)
	email             = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1}
	dc                = asn1.ObjectIdentifier{0, 9, 2342, 19200300, 100, 1, 25}
	jurisdiction      = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 60, 2, 1, 3}
)

func oid(last int) asn1.ObjectIdentifier { return asn1.ObjectIdentifier{2, 5, 4, last} }

func utf8(id asn1.ObjectIdentifier, value string) attribute {
	return attribute{id, asn1.TagUTF8String, []byte(value)}
}

func printable(id asn1.ObjectIdentifier, value string) attribute {
	return attribute{id, asn1.TagPrintableString, []byte(value)}
}

func single(attributes ...attribute) [][]attribute {
	var rdns [][]attribute
	for _, a := range attributes {
		rdns = append(rdns, []attribute{a})
	}
	return rdns
}

func main() {
	cases := []struct {
		name string
		rdns [][]attribute
	}{
		{"plain", single(printable(c, "US"), utf8(st, "UT"), utf8(l, "Lehi"), utf8(o, "Acme"), utf8(cn, "Signer"))},
		{"reversed", single(utf8(cn, "Signer"), utf8(o, "Acme"), utf8(l, "Lehi"), utf8(st, "UT"), printable(c, "US"))},
		{"empty", nil},
		{"all types", single(utf8(pc, "84043"), utf8(sn, "123"), utf8(ou, "Dev"), utf8(street, "1 Road"), utf8(c, "US"), utf8(st, "UT"), utf8(l, "Lehi"), utf8(o, "Acme"), utf8(cn, "Signer"))},
		{"two of each", single(utf8(c, "US"), utf8(c, "DE"), utf8(o, "A"), utf8(o, "B"), utf8(ou, "x"), utf8(ou, "y"), utf8(cn, "first"), utf8(cn, "last"), utf8(sn, "1"), utf8(sn, "2"))},
		{"multi-valued", [][]attribute{{printable(c, "US")}, {utf8(o, "Acme"), utf8(cn, "Signer")}, {utf8(ou, "a"), utf8(ou, "b")}}},
		{"unknown types", single(utf8(cn, "Signer"), attribute{email, asn1.TagIA5String, []byte("a@example.com")}, attribute{dc, asn1.TagIA5String, []byte("example")}, printable(jurisdiction, "US"))},
		{"unknown with asterisk", single(printable(dc, "a*b"), printable(dc, "a&b"), utf8(dc, "plain text"), utf8(dc, ""))},
		{"escapes", single(utf8(cn, `a,b+c"d\e<f>g;h=i#j`), utf8(o, "Acme, Inc."), utf8(l, "  two  "), utf8(st, " "), utf8(street, "#first"), utf8(ou, " #"))},
		{"empty values", single(utf8(cn, ""), utf8(sn, ""), utf8(o, ""), utf8(ou, ""), utf8(ou, "x"))},
		{"last empty", single(utf8(cn, "x"), utf8(cn, ""))},
		{"unicode", single(utf8(cn, "Größe 日本 \U0001F512"), utf8(o, "caf\u0065\u0301"), utf8(ou, "\u202e\ufeff\u00a0\u00ad\u3000"))},
		{"control characters", single(utf8(cn, "a\x00b\x01\a\b\t\n\v\f\r\x1b\x7f\u0080\u2028\ufffd\ue000\U000F0000\U000E0001"))},
		{"quotes", single(utf8(cn, `say "hi" \ 'there'`))},
		{"latin-1", single(attribute{cn, asn1.TagT61String, []byte("Gr\xf6\xdfe\x80")})},
		{"bmp", single(attribute{cn, asn1.TagBMPString, []byte{0, 'G', 0x65, 0xe5}}, attribute{o, asn1.TagBMPString, []byte{0, 'A', 0, 0}})},
		{"numeric", single(attribute{sn, asn1.TagNumericString, []byte("12 34")})},
		{"printable with asterisk", single(printable(cn, "*.example & co"))},
		{"printable with at sign", single(printable(cn, "a@b"))},
		{"invalid utf-8", single(attribute{cn, asn1.TagUTF8String, []byte{0xc3}})},
		{"surrogate in bmp", single(attribute{cn, asn1.TagBMPString, []byte{0xd8, 0x00}})},
		{"noncharacter in bmp", single(attribute{cn, asn1.TagBMPString, []byte{0xff, 0xfe}})},
		{"odd bmp", single(attribute{cn, asn1.TagBMPString, []byte{0x00}})},
		{"high ia5", single(attribute{cn, asn1.TagIA5String, []byte{0x80}})},
		{"letters in numeric", single(attribute{cn, asn1.TagNumericString, []byte("1a")})},
		{"universal string", single(attribute{cn, 28, []byte{0, 0, 0, 'A'}})},
		{"integer as value", single(attribute{cn, asn1.TagInteger, []byte{1}})},
	}
	var out []testCase
	for _, one := range cases {
		der := encode(one.rdns)
		entry := testCase{Name: one.name, Der: hex.EncodeToString(der)}
		if subject, err := subjectOf(der); err != nil {
			entry.Error = err.Error()
		} else {
			entry.String = subject.Subject.String()
			entry.Quoted = fmt.Sprintf("%q", subject.Subject)
		}
		out = append(out, entry)
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	encoder.Encode(map[string]any{
		"source": "generate/names.go under " + runtime.Version() + ": crypto/x509.ParseCertificate, Subject.String() and %q",
		"cases":  out,
	})
}

func encode(rdns [][]attribute) []byte {
	var content []byte
	for _, rdn := range rdns {
		var set []byte
		for _, a := range rdn {
			id, _ := asn1.Marshal(a.oid)
			value, _ := asn1.Marshal(asn1.RawValue{Tag: a.tag, Bytes: a.value})
			pair, _ := asn1.Marshal(asn1.RawValue{Tag: asn1.TagSequence, IsCompound: true, Bytes: append(id, value...)})
			set = append(set, pair...)
		}
		whole, _ := asn1.Marshal(asn1.RawValue{Tag: asn1.TagSet, IsCompound: true, Bytes: set})
		content = append(content, whole...)
	}
	name, _ := asn1.Marshal(asn1.RawValue{Tag: asn1.TagSequence, IsCompound: true, Bytes: content})
	return name
}

func subjectOf(name []byte) (*x509.Certificate, error) {
	key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), RawSubject: name,
		NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<31, 0),
	}
	parent := &x509.Certificate{SerialNumber: big.NewInt(1), RawSubject: []byte{0x30, 0x00}}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), key)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}
