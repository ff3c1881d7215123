package docker_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	endpoint "github.com/docker/cli/cli/context/docker"
	"github.com/docker/cli/cli/context/store"

	"sunder/docker"
	"sunder/harness/protocol"
)

// forward lets connections to a listener reach the engine that answers here.
func forward(t *testing.T, l net.Listener) {
	t.Helper()
	t.Cleanup(func() { _ = l.Close() })
	engine, err := docker.EngineDialer()
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			outside, err := l.Accept()
			if err != nil {
				return // it is closed
			}
			go func() {
				inside, err := engine()
				if err != nil {
					_ = outside.Close()
					return
				}
				splice(outside, inside)
			}()
		}
	}()
}

// splice copies both ways until both have ended.
func splice(a, b io.ReadWriteCloser) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.Copy(a, b)
		_ = a.Close()
	}()
	_, _ = io.Copy(b, a)
	if half, ok := b.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
	<-done
	_ = b.Close()
}

// dialStdio joins standard input and output with the engine, as `docker system dial-stdio` does at the far end of SSH.
func dialStdio() int {
	engine, err := docker.EngineDialer()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	conn, err := engine()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	go func() {
		_, _ = io.Copy(conn, os.Stdin)
		if half, ok := conn.(interface{ CloseWrite() error }); ok {
			_ = half.CloseWrite()
		}
	}()
	_, _ = io.Copy(os.Stdout, conn) // what the engine closes is closed, whatever is still asked
	return 0
}

// contexts makes a folder of the docker command's configuration, empty but for one context.
func contexts(t *testing.T, name, host string, keys map[string][]byte) (folder string) {
	t.Helper()
	folder = t.TempDir()
	t.Setenv("DOCKER_CONFIG", folder)
	t.Setenv("DOCKER_HOST", "")
	t.Setenv("DOCKER_CONTEXT", "")
	s := store.New(filepath.Join(folder, "contexts"), store.NewConfig(func() any { return &map[string]any{} }))
	meta := store.Metadata{Name: name, Endpoints: map[string]any{endpoint.DockerEndpoint: endpoint.EndpointMeta{Host: host}}}
	if err := s.CreateOrUpdate(meta); err != nil {
		t.Fatal(err)
	}
	if keys != nil {
		if err := s.ResetEndpointTLSMaterial(name, endpoint.DockerEndpoint, &store.EndpointTLSData{Files: keys}); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// TestAnEngineElsewhere runs a cluster at an engine that only a context names, and that only its TCP port reaches:
// nothing else is needed to control it.
func TestAnEngineElsewhere(t *testing.T) {
	needEngine(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	forward(t, l)
	folder := contexts(t, "elsewhere", "tcp://"+l.Addr().String(), nil)
	if err := os.WriteFile(filepath.Join(folder, "config.json"), []byte(`{"currentContext": "elsewhere"}`), 0o666); err != nil {
		t.Fatal(err)
	}
	b := docker.New(docker.Options{})
	if c := b.Examine(t.Context())[0]; !c.OK || !strings.Contains(c.Found, "tcp://"+l.Addr().String()) {
		t.Fatalf("the doctor says %+v", c)
	}
	c := start(t, b, spec(1, 1))
	if r := ask(t, c, "c1", 1, protocol.Op{F: "read", Key: "x", Via: "r1"}); r.Outcome != protocol.OK {
		t.Errorf("a read: %+v", r)
	}
}

func TestAnEngineBehindTLS(t *testing.T) {
	needEngine(t)
	authority, server, client := certificates(t)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(authority.cert)
	pair, err := tls.X509KeyPair(server.cert, server.key)
	if err != nil {
		t.Fatal(err)
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		Certificates: []tls.Certificate{pair}, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert, MinVersion: tls.VersionTLS12,
	})
	if err != nil {
		t.Fatal(err)
	}
	forward(t, l)
	contexts(t, "secured", "tcp://"+l.Addr().String(), map[string][]byte{"ca.pem": authority.cert, "cert.pem": client.cert, "key.pem": client.key})
	t.Setenv("DOCKER_CONTEXT", "secured")
	if c := docker.New(docker.Options{}).Examine(t.Context())[0]; !c.OK {
		t.Errorf("the doctor says %+v", c)
	}
	contexts(t, "stranger", "tcp://"+l.Addr().String(), map[string][]byte{"ca.pem": authority.cert})
	t.Setenv("DOCKER_CONTEXT", "stranger")
	if c := docker.New(docker.Options{}).Examine(t.Context())[0]; c.OK {
		t.Errorf("without a key the doctor says %+v", c)
	}
}

// TestAnEngineBehindSSH has a script in place of ssh: what is behind it is asked for as the docker command does.
func TestAnEngineBehindSSH(t *testing.T) {
	needEngine(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	script := fmt.Sprintf("#!/bin/sh\necho \"$@\" >>%s/asked\nunset DOCKER_HOST DOCKER_CONTEXT DOCKER_CONFIG\nexec %s dial-stdio\n", folder, self)
	if err := os.WriteFile(filepath.Join(folder, "ssh"), []byte(script), 0o777); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", folder+string(os.PathListSeparator)+os.Getenv("PATH"))
	for name, set := range map[string]func(){
		"context": func() {
			contexts(t, "far", "ssh://user@far.example", nil)
			t.Setenv("DOCKER_CONTEXT", "far")
		},
		"DOCKER_HOST": func() { t.Setenv("DOCKER_HOST", "ssh://user@far.example") },
	} {
		set()
		c := docker.New(docker.Options{}).Examine(t.Context())[0]
		asked, err := os.ReadFile(filepath.Join(folder, "asked"))
		if !c.OK || err != nil || !strings.Contains(string(asked), "far.example") {
			t.Errorf("%s: the doctor says %+v, ssh was asked %q (%v)", name, c, asked, err)
		}
		_ = os.Remove(filepath.Join(folder, "asked"))
	}
}

// stuck is a connection that does not close until it is let go.
type stuck struct {
	net.Conn
	letGo chan struct{}
}

func (s stuck) Close() error      { <-s.letGo; return nil }
func (s stuck) CloseWrite() error { return s.Close() }

func TestAConnectionThatDoesNotClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		letGo := make(chan struct{})
		c := docker.Patient(stuck{letGo: letGo})
		for name, what := range map[string]func() error{"Close": c.Close, "CloseWrite": c.(interface{ CloseWrite() error }).CloseWrite} {
			began := time.Now()
			if err, took := what(), time.Since(began); err == nil || took != docker.ClosePatience {
				t.Errorf("%s of a connection that hangs: %v after %v", name, err, took)
			}
		}
		close(letGo)
		if err := c.Close(); err != nil {
			t.Errorf("a connection that closes: %v", err)
		}
	})
}

func TestAContextThatIsNone(t *testing.T) {
	folder := contexts(t, "there", "tcp://127.0.0.1:1", nil)
	t.Setenv("DOCKER_CONTEXT", "gone")
	if why := refused(t, docker.New(docker.Options{}), spec(1, 1)); !strings.Contains(why, `the context "gone" that DOCKER_CONTEXT names`) {
		t.Error(why)
	}
	t.Setenv("DOCKER_CONTEXT", "there")
	if why := refused(t, docker.New(docker.Options{}), spec(1, 1)); !strings.Contains(why, "no engine answers at tcp://127.0.0.1:1") {
		t.Error(why)
	}
	t.Setenv("DOCKER_CONTEXT", "")
	config := filepath.Join(folder, "config.json")
	for text, says := range map[string]string{`{"currentContext": "gone"}`: `the context "gone" that ` + config, `{"currentCont`: config + ", which"} {
		if err := os.WriteFile(config, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if why := refused(t, docker.New(docker.Options{}), spec(1, 1)); !strings.Contains(why, says) {
			t.Errorf("%q does not say %q", why, says)
		}
	}
	t.Setenv("DOCKER_HOST", "tcp://127.0.0.1:2")
	if why := refused(t, docker.New(docker.Options{}), spec(1, 1)); !strings.Contains(why, "tcp://127.0.0.1:2") {
		t.Errorf("DOCKER_HOST does not go first: %s", why)
	}
}

// keyPair is a certificate with its key, in PEM.
type keyPair struct{ cert, key []byte }

// certificates makes an authority, and what it signs for a server at 127.0.0.1 and for a client.
func certificates(t *testing.T) (authority, server, client keyPair) {
	t.Helper()
	now := time.Now()
	top := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	var topKey *ecdsa.PrivateKey
	sign := func(c *x509.Certificate) keyPair {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if topKey == nil {
			topKey = key
		}
		der, err := x509.CreateCertificate(rand.Reader, c, top, &key.PublicKey, topKey)
		if err != nil {
			t.Fatal(err)
		}
		secret, err := x509.MarshalECPrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		return keyPair{
			pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: secret}),
		}
	}
	leaf := func(n int64, use x509.ExtKeyUsage) *x509.Certificate {
		return &x509.Certificate{
			SerialNumber: big.NewInt(n), Subject: pkix.Name{CommonName: "leaf"}, NotBefore: top.NotBefore, NotAfter: top.NotAfter,
			ExtKeyUsage: []x509.ExtKeyUsage{use}, KeyUsage: x509.KeyUsageDigitalSignature, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		}
	}
	authority = sign(top)
	return authority, sign(leaf(2, x509.ExtKeyUsageServerAuth)), sign(leaf(3, x509.ExtKeyUsageClientAuth))
}
