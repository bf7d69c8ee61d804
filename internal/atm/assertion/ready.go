package assertion

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

const otherSources = "A source that gives a new token each time is a file that another program keeps up to date (client_assertion_file), the identity of GitHub Actions or Azure DevOps, or a private key."

// Value is the source of a ready token, which cannot be renewed.
func (s Settings) Value(name, token string) *Source {
	return &Source{
		Name: name, Trusted: federated, gives: "contains a token", secrets: []string{token}, now: s.now(),
		remedy: "Start the job again so that it gets a new token, or raise refresh_token_lifespan of the application, with which the provider goes on after the sign-in. " + otherSources,
		get:    func(context.Context) (string, error) { return token, nil },
	}
}

// File is the source of a token in a file, which is read each time; white space
// around the token is ignored.
func (s Settings) File(name, path string) *Source {
	return &Source{
		Name: name, Trusted: federated, Rewritten: true, gives: "names a file with a token", now: s.now(),
		remedy: "The program that writes the file has to write a new token before the old one expires. The provider reads the file again at each sign-in",
		get:    func(context.Context) (string, error) { return readFile(path) },
	}
}

func readFile(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("names a file that cannot be read: %w", err)
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, maxSize+1))
	switch text := strings.TrimSpace(string(content)); {
	case err != nil:
		return "", fmt.Errorf("names a file that cannot be read: %w", err)
	case len(content) > maxSize:
		return "", fmt.Errorf("names the file %s, which is larger than %d KiB", path, maxSize>>10)
	case text == "":
		return "", fmt.Errorf("names the file %s, which is empty", path)
	default:
		return text, nil
	}
}

// CheckPath finds a token or a PEM text in the place of a file's path. value is
// the setting that such a text belongs in.
func CheckPath(path, value string) error {
	const remedy = "; it has to be the path of a file. The setting for the text is %s"
	switch {
	case strings.Contains(path, "-----BEGIN"):
		return fmt.Errorf("contains a text in PEM format"+remedy, value)
	case strings.HasPrefix(strings.TrimSpace(path), "eyJ") && strings.Contains(path, "."):
		return fmt.Errorf("contains a token"+remedy, value)
	case len(path) > 4096: // PATH_MAX
		return errors.New("is too long for the path of a file")
	}
	return nil
}
