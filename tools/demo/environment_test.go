package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestCleanEnviron_DropsWhatWouldDisturb(t *testing.T) {
	t.Parallel()
	environ := []string{
		"PATH=/bin",
		"TF_CLI_CONFIG_FILE=/nowhere",
		"TF_DATA_DIR=/elsewhere",
		"TF_CLI_ARGS=-var=x=y",
		"TF_CLI_ARGS_apply=-target=none",
		"TF_WORKSPACE=other",
		"TF_REATTACH_PROVIDERS={}",
		"TERRAFORM_CONFIG=/nowhere",
		"ATM_ENDPOINT=https://production.invalid",
		"ATM_TESTSERVER_LISTEN=0.0.0.0:80",
		"HOME=/home/someone",
		"NOT_TF_THING=kept",
	}
	before := slices.Clone(environ)

	got := cleanEnviron(environ)

	want := []string{"PATH=/bin", "HOME=/home/someone", "NOT_TF_THING=kept"}
	if !slices.Equal(got, want) {
		t.Errorf("cleanEnviron = %q, want %q", got, want)
	}
	if !slices.Equal(environ, before) {
		t.Errorf("cleanEnviron changed its argument to %q", environ)
	}
}

func TestTerraformEnviron_NamesItsOwnConfigurationAndServer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	server := ready{Endpoint: "http://127.0.0.1:1", ClientID: "id", ClientSecret: "secret", LoginID: "admin@example.com"}

	got, err := terraformEnviron([]string{"TF_CLI_CONFIG_FILE=/nowhere", "ATM_LOGIN_ID=other"}, dir, server)
	if err != nil {
		t.Fatal(err)
	}

	file := filepath.Join(dir, "terraform.rc")
	want := []string{
		"TF_CLI_CONFIG_FILE=" + file, "TF_IN_AUTOMATION=1", "CHECKPOINT_DISABLE=1",
		"ATM_ENDPOINT=http://127.0.0.1:1", "ATM_CLIENT_ID=id", "ATM_CLIENT_SECRET=secret", "ATM_LOGIN_ID=admin@example.com",
	}
	if !slices.Equal(got, want) {
		t.Errorf("terraformEnviron = %q, want %q", got, want)
	}
	if _, err := os.Stat(file); err != nil {
		t.Errorf("the CLI configuration that the environment names: %v", err)
	}
}

func TestQuote_SurvivesAShell(t *testing.T) {
	t.Parallel()
	if got, want := quote("it's $HOME"), `'it'\''s $HOME'`; got != want {
		t.Errorf("quote = %s, want %s", got, want)
	}
}
