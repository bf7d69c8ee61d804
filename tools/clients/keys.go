package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tci-pf/terraform-provider-atm/tools/internal/sandbox"
)

// keyFiles are the public keys that Terraform reads with data.atm_jwks:
// $WORK/keys/KID.pem.
type keyFiles struct {
	workspace *sandbox.Workspace
	dir       string
}

const keysConfiguration = `terraform {
  required_providers {
    atm = { source = "tci-pf/atm" }
  }
}

data "atm_jwks" "atm" {}

output "keys" {
  value = { for key in data.atm_jwks.atm.keys : key.kid => key.public_key_pem }
}
`

func (t *trial) newKeys(ctx context.Context) (*keyFiles, error) {
	terraform, err := sandbox.FindTerraform(ctx)
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(t.dir, "terraform")
	if err := os.Mkdir(dir, 0o750); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(keysConfiguration), 0o600); err != nil {
		return nil, err
	}
	provider := filepath.Join(t.runner.dir, sandbox.Executable("terraform-provider-atm"))
	w, err := terraform.Init(ctx, dir, provider, append(t.server.Environ(), "SSL_CERT_FILE="+t.server.ca)...)
	return &keyFiles{workspace: w, dir: filepath.Join(t.dir, "keys")}, err
}

// write replaces the files by the keys that are published now.
func (k *keyFiles) write(ctx context.Context) error {
	var applied, printed bytes.Buffer
	if _, err := k.workspace.Run(ctx, &applied, &applied, "apply", "-auto-approve", "-input=false", "-no-color"); err != nil {
		return fmt.Errorf("%w\n%s", err, sandbox.Tail(applied.Bytes()))
	}
	if _, err := k.workspace.Run(ctx, &printed, &printed, "output", "-json", "keys"); err != nil {
		return fmt.Errorf("%w\n%s", err, sandbox.Tail(printed.Bytes()))
	}
	var keys map[string]string // by kid
	if err := json.Unmarshal(printed.Bytes(), &keys); err != nil {
		return fmt.Errorf("the output of Terraform: %w", err)
	}
	if err := os.RemoveAll(k.dir); err != nil {
		return err
	}
	if err := os.Mkdir(k.dir, 0o755); err != nil { //nolint:gosec // servers read it as another user
		return err
	}
	for kid, pem := range keys {
		if err := os.WriteFile(filepath.Join(k.dir, kid+".pem"), []byte(pem), 0o644); err != nil { //nolint:gosec // public keys
			return err
		}
	}
	return nil
}
