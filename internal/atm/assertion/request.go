package assertion

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/sethvargo/go-retry"
)

const (
	// maxReply bounds what is read of a reply: a token and what is around it.
	maxReply = 4 * maxSize
	retries  = 4
	// maxWait is the longest wait before a repetition, also where the system asks for more.
	maxWait = 20 * time.Second
)

// tokenRequest asks a CI system for a token of the job.
type tokenRequest struct {
	method string
	// variable is the environment variable that contains the address.
	variable, address string
	bearer            string
	query, header     map[string]string
	// refused is what helps if the system refuses.
	refused string
}

func (s Settings) remote(system, bearer string, get func(context.Context) (string, error)) *Source {
	return &Source{
		Name: system, Trusted: federated, gives: "returned a token", secrets: []string{bearer}, remote: true, now: s.now(),
		remedy: "Compare the clock of this machine with the time of the CI system",
		get: func(ctx context.Context) (string, error) {
			token, err := get(ctx)
			if err == nil && token == "" {
				err = errors.New("responded to the request for a token without one")
			}
			return token, err
		},
	}
}

// ask sends the request until there is a response other than 429 and 5xx, and
// reads its JSON into reply. It follows no redirect, which could take the bearer
// token to another server. No error quotes what came back.
func (s Settings) ask(ctx context.Context, r tokenRequest, reply any) error {
	var last error
	var after time.Duration // what the system asked for
	waits := retry.WithMaxRetries(retries, retry.WithCappedDuration(maxWait, retry.NewExponential(cmp.Or(s.RetryWait, time.Second))))
	err := retry.Do(ctx, retry.BackoffFunc(func() (time.Duration, bool) {
		wait, stop := waits.Next()
		return max(wait, after), stop
	}), func(ctx context.Context) error {
		var again bool
		if again, after, last = s.attempt(ctx, r, reply); again {
			return retry.RetryableError(last)
		}
		return last
	})
	if ctx.Err() != nil && last != nil {
		return fmt.Errorf("%w; then the time of the operation was over", last)
	}
	return err
}

// attempt sends the request once. It reports whether it may be repeated, and how
// long the system asks to wait before that.
func (s Settings) attempt(ctx context.Context, r tokenRequest, reply any) (again bool, after time.Duration, err error) {
	request, err := r.build(ctx)
	if err != nil {
		return false, 0, err
	}
	response, err := s.client().Do(request)
	if err != nil {
		var untrusted *tls.CertificateVerificationError
		return !errors.As(err, &untrusted), 0, fmt.Errorf("did not give a token: %w", withoutURL(err))
	}
	defer response.Body.Close()
	if status := response.StatusCode; status == http.StatusTooManyRequests || status >= 500 {
		seconds, _ := strconv.Atoi(response.Header.Get("Retry-After"))
		return true, min(time.Duration(seconds)*time.Second, maxWait), fmt.Errorf("did not give a token (status %d)", status)
	}
	return false, 0, r.read(response, reply)
}

func (r tokenRequest) read(response *http.Response, reply any) error {
	body, err := io.ReadAll(io.LimitReader(response.Body, maxReply))
	switch status := response.StatusCode; {
	case status >= 300 && status < 400:
		return fmt.Errorf("responded to the request for a token with a redirect (status %d), which the provider does not follow", status)
	case status == http.StatusUnauthorized, status == http.StatusForbidden, status == http.StatusNotFound:
		return fmt.Errorf("did not give a token (status %d). %s", status, r.refused)
	case status != http.StatusOK:
		return fmt.Errorf("did not give a token (status %d)", status)
	case err != nil:
		return fmt.Errorf("did not give a token: %w", withoutURL(err))
	case json.Unmarshal(body, reply) != nil:
		return errors.New("responded to the request for a token with something else than the JSON that it should be")
	}
	return nil
}

func (r tokenRequest) build(ctx context.Context) (*http.Request, error) {
	address, err := url.Parse(r.address)
	if err != nil || address.Host == "" || address.User != nil {
		return nil, fmt.Errorf("cannot be used: %s is not a URL", r.variable)
	}
	if address.Scheme != "https" && (address.Scheme != "http" || !loopback(address.Hostname())) {
		return nil, fmt.Errorf("cannot be used: the URL in %s does not begin with https://", r.variable)
	}
	query := address.Query()
	for name, value := range r.query {
		query.Set(name, value)
	}
	address.RawQuery = query.Encode()
	request, err := http.NewRequestWithContext(ctx, r.method, address.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("cannot be used: %w", withoutURL(err))
	}
	for name, value := range r.header {
		request.Header.Set(name, value)
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Authorization", "Bearer "+r.bearer)
	return request, nil
}

func (s Settings) client() *http.Client {
	return &http.Client{
		Transport: s.Transport, Timeout: cmp.Or(s.Timeout, 30*time.Second),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func loopback(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}

// withoutURL removes the URL of a request from its error: the query can be secret.
func withoutURL(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}
