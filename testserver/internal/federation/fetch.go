package federation

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"syscall"
	"time"

	"code.dny.dev/ssrf"
	"github.com/dunglas/httpsfv"
)

// largest is the size of the largest response that is read.
const largest = 1 << 20

// newClient returns a client that reads from public addresses only, follows no
// redirect, and uses neither a proxy nor cookies.
func newClient(allowPrivate bool) *http.Client {
	dialer := &net.Dialer{Timeout: fetchTime, Control: guard(allowPrivate)}
	return &http.Client{
		Transport: &http.Transport{
			DialContext: dialer.DialContext, ForceAttemptHTTP2: true, MaxResponseHeaderBytes: 64 << 10,
			MaxIdleConnsPerHost: 1, IdleConnTimeout: 30 * time.Second,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// metadataService is where a cloud's machines find their credentials; its
// other addresses are link-local.
var metadataService = netip.MustParseAddr("fd00:ec2::254")

var errMetadataService = errors.New("the address of a cloud's metadata service")

// guard judges the address that is about to be dialed: a second look-up of the
// name cannot differ from what was judged.
func guard(allowPrivate bool) func(network, address string, c syscall.RawConn) error {
	if !allowPrivate {
		return ssrf.New(ssrf.WithPorts(443)).Safe
	}
	prefixes := func(all ...string) (out []netip.Prefix) {
		for _, p := range all {
			out = append(out, netip.MustParsePrefix(p))
		}
		return out
	}
	public := ssrf.New(ssrf.WithAnyPort(),
		ssrf.WithAllowedV4Prefixes(prefixes("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8")...),
		ssrf.WithAllowedV6Prefixes(prefixes("fc00::/7", "::1/128")...)).Safe
	return func(network, address string, c syscall.RawConn) error {
		if a, err := netip.ParseAddrPort(address); err == nil && a.Addr().WithZone("") == metadataService {
			return errMetadataService
		}
		return public(network, address, c)
	}
}

// fetched is a response that was read.
type fetched struct {
	value any
	fresh time.Duration // as long as its headers say
}

func (i *Issuers) fetch(ctx context.Context, from string, parse func([]byte) (any, error)) (fetched, *Refusal) {
	u, err := url.Parse(from)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && (u.Scheme != "http" || !i.allowPrivate) {
		return fetched{}, refuse(FaultKeysInvalid)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, from, nil)
	if err != nil {
		return fetched{}, refuse(FaultKeysInvalid)
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", "atm-testserver")
	response, err := i.client.Do(request)
	switch {
	case errors.Is(err, ssrf.ErrProhibitedIP), errors.Is(err, ssrf.ErrProhibitedPort), errors.Is(err, errMetadataService):
		return fetched{}, refuse(FaultKeysAddress)
	case err != nil:
		return fetched{}, refuse(FaultKeysUnreachable)
	}
	defer response.Body.Close()
	switch s := response.StatusCode; {
	case s == http.StatusTooManyRequests, s >= http.StatusInternalServerError:
		return fetched{}, refuse(FaultKeysUnreachable)
	case s != http.StatusOK:
		return fetched{}, refuse(FaultKeysInvalid)
	}
	data, err := io.ReadAll(io.LimitReader(response.Body, largest+1))
	if err != nil {
		return fetched{}, refuse(FaultKeysUnreachable)
	}
	value, err := parse(data)
	if len(data) > largest || err != nil {
		return fetched{}, refuse(FaultKeysInvalid)
	}
	return fetched{value, freshness(response.Header)}, nil
}

// freshness is how long a response may be used without asking again (RFC 9111
// §4.2), zero where its headers do not say.
func freshness(header http.Header) time.Duration {
	directives, err := httpsfv.UnmarshalDictionary(header.Values("Cache-Control"))
	if err == nil {
		for _, never := range []string{"no-store", "no-cache"} {
			if _, has := directives.Get(never); has {
				return 0
			}
		}
		if member, has := directives.Get("max-age"); has {
			item, _ := member.(httpsfv.Item)
			seconds, _ := item.Value.(int64)
			age, _ := strconv.ParseInt(header.Get("Age"), 10, 64)
			return time.Duration(min(max(seconds-max(age, 0), 0), int64(longestKept/time.Second))) * time.Second
		}
	}
	expires, err := http.ParseTime(header.Get("Expires"))
	date, dateErr := http.ParseTime(header.Get("Date"))
	if err != nil || dateErr != nil {
		return 0
	}
	return expires.Sub(date)
}
