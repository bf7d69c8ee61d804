package provider

import (
	"errors"
	"fmt"
	"strings"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/atm/assertion"
)

// checkBlock finds what is wrong with the setting's text in the provider block.
// The error completes a sentence that begins with the setting's name, and never
// contains a secret.
func (s setting) checkBlock(text string) error {
	if text == "" {
		return fmt.Errorf("is an empty string. Set a value, or leave it out (null) to use %s", s.env())
	}
	if err := s.checkPath(text); err != nil {
		return err
	}
	if err := s.checkText(text); err != nil {
		return fmt.Errorf(`%w. Remove it, for example with trimspace(file("…"))`, err)
	}
	return s.checkValue(text)
}

// checkVariable is checkBlock for the text of the environment variable.
func (s setting) checkVariable(text string) error {
	if err := s.checkPath(text); err != nil {
		return err
	}
	if err := s.checkText(text); err != nil {
		return fmt.Errorf("%w. Set the variable without it", err)
	}
	return s.checkValue(text)
}

// checkPath finds the content of a file in the place of its path.
func (s setting) checkPath(text string) error {
	name, isFile := strings.CutSuffix(s.name, "_file")
	if !isFile {
		return nil
	}
	if find(name).doc == "" {
		name += "_pem"
	}
	return assertion.CheckPath(text, name)
}

func (s setting) checkText(text string) error {
	switch {
	case s.kind == headers:
		return nil // JSON, whose white space has no meaning
	case strings.HasSuffix(s.name, "_pem"):
		return atm.CheckEnds(strings.TrimRight(text, "\r\n"))
	default:
		return atm.CheckText(text)
	}
}

func (s setting) checkValue(text string) error {
	if s.check == nil {
		return nil
	}
	return s.check(text)
}

// sentence is an error as a sentence about the setting.
func sentence(name string, err error) string {
	text := name + " " + err.Error()
	if strings.HasSuffix(text, "?") {
		return text
	}
	return text + "."
}

// errFile makes the error of a setting that names a file.
func errFile(err error) error { return errors.New("names a file that cannot be used: " + err.Error()) }
