package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSeenIn_ReadsWhatTheServerReturned(t *testing.T) {
	t.Parallel()
	const signedIn = `{"path":"/auth/token","status":200,"result":"ok","grant_type":"authorization_code"}`
	const rotated = `{"path":"/api/v1/signing-keys/rotate","status":200}`
	for name, test := range map[string]struct {
		log  []string
		want []string
	}{
		"nothing":         {log: []string{`{"msg":"listening"}`}},
		"sign-in":         {log: []string{signedIn}, want: []string{signIn}},
		"refused refresh": {log: []string{`{"path":"/auth/token","status":400,"result":"family_ended","grant_type":"refresh_token"}`}},
		"refresh":         {log: []string{`{"path":"/auth/token","status":200,"result":"ok","grant_type":"refresh_token"}`}, want: []string{refresh}},
		"one rotation":    {log: []string{rotated}},
		"two rotations":   {log: []string{rotated, signedIn, rotated}, want: []string{signIn, rotations}},
		"the rest": {log: []string{
			`{"path":"/auth/userinfo","result":"ok"}`, `{"path":"/auth/introspect","result":"ok"}`,
			`{"path":"/auth/revoke","result":"ok"}`, `{"path":"/logout","result":"ok"}`,
		}, want: []string{userInfo, introspection, revocation, signOut}},
	} {
		seen, err := seenIn([]byte(strings.Join(test.log, "\n") + "\n"))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, does := range capabilities {
			if seen[does] {
				got = append(got, does)
			}
		}
		if strings.Join(got, " ") != strings.Join(test.want, " ") {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}

func TestWriteTable_ShowsEachClientAndSummarizeFailsForAFailedOne(t *testing.T) {
	t.Parallel()
	results := []result{
		{client: client{Name: "good", Does: []string{signIn}, Notes: "a note"}, version: "1.0", seen: map[string]bool{signIn: true}},
		{client: client{Name: "missing", Does: []string{signIn}}, missing: errors.New("apt-get install missing\nmore")},
	}
	var printed bytes.Buffer
	if err := summarize(&printed, results); err != nil {
		t.Error(err)
	}
	results = append(results, result{client: client{Name: "bad", Does: []string{refresh}}, version: "2", failed: errors.New("no")})
	if err := summarize(&printed, results); err == nil {
		t.Error("a failed client is no failure")
	}

	file := filepath.Join(t.TempDir(), "README.md")
	if err := os.WriteFile(file, []byte("before\n"+begin+"old\n"+end+"after\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := writeTable(file, results); err != nil {
		t.Fatal(err)
	}
	written, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"before\n" + begin + "| client ", "\n" + end + "after\n",
		"| good | 1.0 | ✓ |  |  |  |  |  |  | a note |\n",
		"| missing |  |  |  |  |  |  |  |  | **not installed**: `apt-get install missing` |\n",
		"| bad | 2 |  | ✗ |  |  |  |  |  | **failed** |\n",
	} {
		if !strings.Contains(string(written), line) {
			t.Errorf("the file has no %q:\n%s", line, written)
		}
	}
}

// A client that is missing in clients.yaml, or an application that is not in
// the seed, would only be noticed where its package is installed.
func TestClients_AreComplete(t *testing.T) {
	t.Parallel()
	clients, err := readClients("clients.yaml", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range clients {
		if c.Package == "" || len(c.Run) == 0 || len(c.Does) == 0 {
			t.Errorf("%s lacks package, run or does", c.Name)
		}
		if _, err := os.Stat(c.Dir); err != nil {
			t.Error(err)
		}
	}
}
