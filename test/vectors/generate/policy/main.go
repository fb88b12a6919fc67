// Command policy fills the expectations of ../policy/*.json with what notation-go says:
//
//	go run ./policy ../policy
//
// In documents.json each case gets the error of Document.Validate, or null, and the actions of each
// statement's level; in selections.json the name of the statement, or the error.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/notaryproject/notation-go/verifier/trustpolicy"
)

const origin = "the cases are written by hand; the expectations are notation-go v1.3.2's, written by test/vectors/generate/policy"

type document struct {
	Origin string         `json:"origin"`
	Cases  []documentCase `json:"cases"`
}

type documentCase struct {
	Name     string              `json:"name"`
	Document json.RawMessage     `json:"document"`
	Error    *string             `json:"error"`
	Levels   []map[string]string `json:"levels,omitempty"`
	Remedy   string              `json:"remedy,omitempty"`
	Stricter string              `json:"stricter,omitempty"`
}

type selection struct {
	Origin string          `json:"origin"`
	Cases  []selectionCase `json:"cases"`
}

type selectionCase struct {
	Name      string          `json:"name"`
	Document  json.RawMessage `json:"document"`
	Reference string          `json:"reference"`
	Statement string          `json:"statement,omitempty"`
	Error     string          `json:"error,omitempty"`
}

func main() {
	folder := os.Args[1]
	var documents document
	read(filepath.Join(folder, "documents.json"), &documents)
	documents.Origin = origin
	for i := range documents.Cases {
		fillDocument(&documents.Cases[i])
	}
	write(filepath.Join(folder, "documents.json"), documents)

	var selections selection
	read(filepath.Join(folder, "selections.json"), &selections)
	selections.Origin = origin
	for i := range selections.Cases {
		fillSelection(&selections.Cases[i])
	}
	write(filepath.Join(folder, "selections.json"), selections)
}

func fillDocument(c *documentCase) {
	c.Error, c.Levels = nil, nil
	doc := parse(c.Document)
	if err := doc.Validate(); err != nil {
		text := err.Error()
		c.Error = &text
		return
	}
	for _, statement := range doc.TrustPolicies {
		level, err := statement.SignatureVerification.GetVerificationLevel()
		check(err)
		actions := map[string]string{"name": level.Name}
		for verification, action := range level.Enforcement {
			actions[string(verification)] = string(action)
		}
		c.Levels = append(c.Levels, actions)
	}
}

func fillSelection(c *selectionCase) {
	c.Statement, c.Error = "", ""
	doc := parse(c.Document)
	check(doc.Validate())
	statement, err := doc.GetApplicableTrustPolicy(c.Reference)
	if err != nil {
		c.Error = err.Error()
		return
	}
	c.Statement = statement.Name
}

func parse(text []byte) *trustpolicy.Document {
	var doc trustpolicy.Document
	check(json.NewDecoder(bytes.NewReader(text)).Decode(&doc))
	return &doc
}

func read(path string, into any) {
	text, err := os.ReadFile(path)
	check(err)
	check(json.Unmarshal(text, into))
}

func write(path string, value any) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	check(encoder.Encode(value))
	check(os.WriteFile(path, text.Bytes(), 0o644))
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
