package main

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/notaryproject/notation-go"
	"github.com/notaryproject/notation-go/dir"
	"github.com/notaryproject/notation-go/verifier"
	"github.com/notaryproject/notation-go/verifier/trustpolicy"
	"github.com/notaryproject/notation-go/verifier/truststore"
)

// bundle is what a verifier trusts: a trust policy document and PEM certificates by "type:name". A store without any is
// an empty folder.
type bundle struct {
	TrustPolicy json.RawMessage     `json:"trustPolicy"`
	TrustStores map[string][]string `json:"trustStores"`
	// Files are further files of notation's configuration folder, by their paths in it.
	Files map[string]string `json:"files"`
	// Plugins are installed, by name with what each answers to a command; null gives the verifier no plugin manager.
	Plugins json.RawMessage `json:"plugins,omitempty"`
}

// verifier makes a verifier of a bundle, whose stores it lays out below an empty folder.
func (b *bundle) verifier(folder string) (notation.Verifier, error) {
	if err := b.write(folder); err != nil {
		return nil, err
	}
	var policy trustpolicy.Document
	if err := json.Unmarshal(b.TrustPolicy, &policy); err != nil {
		return nil, fmt.Errorf("malformed trust policy: %w", err)
	}
	store := &storeOnce{files: truststore.NewX509TrustStore(dir.NewSysFS(folder)), found: map[string]found{}}
	plugins, err := b.pluginManager(folder)
	if err != nil {
		return nil, err
	}
	return verifier.NewWithOptions(&policy, store, plugins, verifier.VerifierOptions{})
}

func (b *bundle) write(folder string) error {
	files := map[string]string{}
	for name, texts := range b.TrustStores {
		storeType, storeName, _ := strings.Cut(name, ":")
		path := dir.X509TrustStoreDir(storeType, storeName)
		if len(texts) > 0 {
			files[filepath.Join(path, "store.pem")] = strings.Join(texts, "\n")
			continue
		}
		if !filepath.IsLocal(path) {
			return fmt.Errorf("%q leaves the configuration folder", path)
		}
		if err := os.MkdirAll(filepath.Join(folder, path), 0o700); err != nil {
			return err
		}
	}
	for path, text := range b.Files {
		files[filepath.FromSlash(path)] = text
	}
	for path, text := range files {
		if !filepath.IsLocal(path) {
			return fmt.Errorf("%q leaves the configuration folder", path)
		}
		path = filepath.Join(folder, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// storeOnce reads each store as notation does, the first time it is asked for. Requests may ask at once.
type storeOnce struct {
	lock  sync.Mutex
	files truststore.X509TrustStore
	found map[string]found
}

type found struct {
	certificates []*x509.Certificate
	err          error
}

func (s *storeOnce) GetCertificates(ctx context.Context, storeType truststore.Type, name string) ([]*x509.Certificate, error) {
	key := string(storeType) + ":" + name
	s.lock.Lock()
	defer s.lock.Unlock()
	held, ok := s.found[key]
	if !ok {
		held.certificates, held.err = s.files.GetCertificates(ctx, storeType, name)
		s.found[key] = held
	}
	return held.certificates, held.err
}
