//go:build unix

// Package guides runs the guides of docs/guides from their own text, against the
// reference server: it writes their files, runs their commands, and compares what
// these print with what the guides show. CONTRIBUTING.md explains the
// conventions.
package guides

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/tools/internal/sandbox"
)

const root = "../.."

func TestGuides_DoWhatTheyShow(t *testing.T) {
	if os.Getenv("TF_ACC") == "" {
		t.Skip("runs Terraform: set TF_ACC=1, as make test does")
	}
	cli, err := sandbox.FindTerraform(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	environ, err := install(t.Context(), t.TempDir(), cli)
	if err != nil {
		t.Fatal(err)
	}
	clone, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	environ = append(environ, "CLONE="+clone)
	guides, err := filepath.Glob(root + "/docs/guides/*.md")
	if err != nil || len(guides) == 0 {
		t.Fatalf("%d guides: %v", len(guides), err)
	}
	for _, path := range guides {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".md"), func(t *testing.T) {
			t.Parallel()
			guide, err := readGuide(path)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(path, "adopt-what-exists.md") && takesAnotherProvider(t, cli) {
				t.Skip("NOT RUN: this Terraform has hashicorp/terraform#39144, and the guide says what to add to the import blocks")
			}
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
			defer cancel()
			err = follow(ctx, guide, cli, environ, func(at, why string) {
				t.Run(at, func(t *testing.T) { t.Skip("NOT RUN: " + why) })
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// follow does the steps of a guide in a fresh directory. It calls skip for each
// step that is not run, with the reason.
func follow(ctx context.Context, guide *guide, cli *sandbox.Terraform, environ []string, skip func(at, why string)) (err error) {
	dir, err := os.MkdirTemp("", "atm-guide-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	reader, work := filepath.Join(dir, "reader"), filepath.Join(dir, "go.work")
	if err := writeGoWork(work, reader); err != nil {
		return err
	}
	s, err := begin(ctx, reader, filepath.Join(dir, "steps"), append(slices.Clip(environ), "GOWORK="+work))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.end()) }()
	for _, step := range guide.steps {
		why, err := step.notRun, error(nil)
		if why == "" {
			why, err = missing(step.needs, cli)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", guide.at(step.line), err)
		}
		if why != "" {
			skip(guide.at(step.line), why)
			continue
		}
		printed, err := s.run(step)
		if err != nil {
			return fmt.Errorf("%s: %w; it printed\n%s", guide.at(step.line), err, masked(printed))
		}
		for _, shown := range step.outputs {
			if !prints(printed, shown.text) {
				return fmt.Errorf("%s: the guide shows\n%s\nand the command printed\n%s", guide.at(shown.line), shown.text, masked(printed))
			}
		}
	}
	return nil
}

// writeGoWork makes a Go module of a reader use this repository instead of a
// released version.
func writeGoWork(file, reader string) error {
	repository, err := filepath.Abs(root)
	if err != nil {
		return err
	}
	// "go mod init" writes this version too, and go.work must not have an older one.
	version, _, _ := strings.Cut(strings.TrimPrefix(runtime.Version(), "go"), " ")
	return os.WriteFile(file, fmt.Appendf(nil, "go %s\n\nuse (\n\t%q\n\t%q\n)\n", version, reader, repository), 0o600)
}

// install builds the provider and the reference server, and returns an
// environment in which both are installed as by "make build".
func install(ctx context.Context, dir string, cli *sandbox.Terraform) ([]string, error) {
	bin := filepath.Join(dir, "bin")
	if err := os.Mkdir(bin, 0o750); err != nil {
		return nil, err
	}
	build := exec.CommandContext(ctx, "go", "build", "-o", bin+"/", ".", "./testserver/cmd/atm-testserver")
	build.Dir = root
	job := exec.CommandContext(ctx, "go", "build", "-o", filepath.Join(bin, "ci-job"), "./job")
	mirror := exec.CommandContext(ctx, root+"/tools/mirror.sh", bin)
	for _, command := range []*exec.Cmd{build, job, mirror} {
		if printed, err := command.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("%s: %w\n%s", command, err, printed)
		}
	}
	return append(sandbox.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"),
			"TF_CLI_CONFIG_FILE="+filepath.Join(bin, "terraform.rc"), "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1"),
		os.Symlink(cli.Path, filepath.Join(bin, "terraform"))
}
