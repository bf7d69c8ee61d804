package e2e_test

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Secrets of one whole run: no file and no line of output holds any of them,
// at TRACE, in a run that also fails.
const (
	clientSecret = "ephemeral-client-secret-0123456789-AbCdEf"
	nextSecret   = "second-ephemeral-secret-0123456789-AbCdEf"
	password     = "ephemeral-password-5e2d1c"
)

const secretive = `
variable "secret" {
  type      = string
  ephemeral = true
}
variable "secret_version" { type = number }
variable "password" {
  type      = string
  ephemeral = true
}
resource "atm_suite" "shop" { name = "shop" }
resource "atm_project" "checkout" {
  suite_id = atm_suite.shop.id
  name     = "checkout"
}
resource "atm_application" "worker" {
  suite_id                 = atm_suite.shop.id
  project_id               = atm_project.checkout.id
  name                     = "worker"
  authenticator_type       = "user_credentials"
  client_secret_wo         = var.secret
  client_secret_wo_version = var.secret_version
}
resource "atm_user" "ada" {
  suite_id            = atm_suite.shop.id
  project_id          = atm_project.checkout.id
  email               = "ada@example.com"
  first_name          = "Ada"
  role                = "system_user"
  password_wo         = var.password
  password_wo_version = var.secret_version
}
`

func TestSecrets_StandInNoFileAndNoLog(t *testing.T) {
	w := open(t, secretive)
	log := filepath.Join(w.dir, "trace.log")
	w.environ = append(w.environ, "TF_LOG=TRACE", "TF_LOG_PATH="+log,
		"TF_VAR_secret="+clientSecret, "TF_VAR_password="+password, "TF_VAR_secret_version=1")
	printed := w.must("plan", "-out=plan.bin")
	printed += w.must("show", "-json", "plan.bin")
	printed += w.must("apply", "plan.bin")

	w.environ = append(w.environ, "TF_VAR_secret="+nextSecret, "TF_VAR_secret_version=2")
	printed += w.must("apply", "-auto-approve")
	// A refusal: the secret is in the request that fails.
	w.write("second.tf", strings.ReplaceAll(`resource "atm_application" "twin" {
  suite_id                 = atm_suite.shop.id
  project_id               = atm_project.checkout.id
  name                     = "worker"
  authenticator_type       = "user_credentials"
  client_secret_wo         = var.secret
  client_secret_wo_version = 1
}`, "\t", " "))
	printed += w.fails("apply", "-auto-approve")
	printed += w.must("destroy", "-auto-approve")

	secrets := []string{clientSecret, nextSecret, password, w.server.Admin().ClientSecret}
	for _, secret := range secrets {
		if holds(printed, secret) {
			t.Errorf("Terraform printed a secret (%s…)", secret[:8])
		}
		for _, file := range files(t, w.dir) {
			if holds(w.readRaw(file), secret) {
				t.Errorf("%s holds a secret (%s…)", filepath.Base(file), secret[:8])
			}
		}
	}
	if text := w.readRaw(filepath.Join(w.dir, "plan.bin")); !strings.Contains(text, "ada@example.com") {
		t.Error("the plan file was not opened: it does not hold what it must")
	}
	if text := w.readRaw(log); !strings.Contains(text, "ATM responded") || strings.Contains(text, "Bearer ") || strings.Contains(text, "eyJ") {
		t.Error("the log does not hold the provider's own lines, or holds a token")
	}
}

// holds looks for the secret as it is, and as JSON and base64 would hide it.
func holds(text, secret string) bool {
	quoted, _ := json.Marshal(secret)
	encoded := base64.StdEncoding.EncodeToString([]byte(secret))
	return strings.Contains(text, secret) || strings.Contains(text, strings.Trim(string(quoted), `"`)) || strings.Contains(text, encoded)
}

func files(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			all = append(all, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// readRaw reads a file, and what is inside where it is an archive, as a plan
// file is.
func (w *workspace) readRaw(path string) string {
	w.t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		w.t.Fatal(err)
	}
	text := string(content)
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return text
	}
	for _, member := range archive.File {
		reader, err := member.Open()
		if err != nil {
			w.t.Fatal(err)
		}
		inside, err := io.ReadAll(reader)
		if err = errors.Join(err, reader.Close()); err != nil {
			w.t.Fatal(err)
		}
		text += string(inside)
	}
	return text
}
