package testserver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/administrator"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/keys"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/testcontrol"
)

// Server is a running ATM. Its methods are safe for concurrent use.
type Server struct {
	// URL is where the server is reached from this machine, without a slash at
	// the end: http://127.0.0.1:41234.
	URL string
	// Clock is the server's time.
	Clock *Clock

	config    *config
	publicURL atomic.Pointer[string]
	client    *http.Client
	identity  *identity // nil without TLS
	admin     atomic.Pointer[administrator.Credentials]

	store      *store.Store
	keys       *keys.Manager
	faults     testcontrol.Faults
	journal    testcontrol.Journal
	components components
	resetting  resetting

	// probed is when a readiness check last wrote and signed.
	probed atomic.Pointer[time.Time]

	listener net.Listener
	http     *http.Server
	fresh    freshConns
	// closing ends when Close begins: delays and background work end with it.
	closing    context.Context
	stop       context.CancelFunc
	background sync.WaitGroup
	done       chan struct{} // closed when the server serves no more
	serveErr   error         // valid once done is closed
	closed     sync.Once
	closeErr   error
}

// startTimeout bounds a start, of which the store may wait 30 s for a database
// that is not up yet.
const startTimeout = time.Minute

// closeTimeout is how long Close lets pending requests finish.
const closeTimeout = 10 * time.Second

// New starts a server, for where there is no testing.TB: TestMain, examples,
// programs. Close ends it. Errors name the setting at fault: an address that is
// taken, a data directory that another process uses, a database that does not
// respond, a mistake in the seed with its line.
func New(opts ...Option) (*Server, error) {
	c, err := newConfig(opts)
	if err != nil {
		return nil, err
	}
	s := &Server{Clock: c.clock, config: c, done: make(chan struct{})}
	s.closing, s.stop = context.WithCancel(context.Background())
	ctx, cancel := context.WithTimeout(s.closing, startTimeout)
	defer cancel()
	if err := s.open(ctx); err != nil {
		s.abandon()
		return nil, err
	}
	s.serve()
	s.startBackground()
	return s, nil
}

// open does all that can fail, the cheapest first, so that a taken port is
// reported before the store is touched.
func (s *Server) open(ctx context.Context) (err error) {
	if err := s.listen(ctx); err != nil {
		return err
	}
	for _, f := range s.config.faults {
		if _, err := s.faults.Add(testcontrol.Fault(f)); err != nil {
			return err
		}
	}
	options := s.config.store
	options.OnWait = func(err error) { s.config.logger.WarnContext(ctx, "waiting up to 30 s for the database", "error", err) }
	if s.store, err = store.Open(ctx, options); err != nil {
		return fmt.Errorf("open the store: %w", err)
	}
	return s.compose(ctx)
}

func (s *Server) listen(ctx context.Context) (err error) {
	s.listener = s.config.listener
	if s.listener == nil {
		if s.listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp", s.config.listen); err != nil {
			return err // "listen tcp 127.0.0.1:8080: bind: address already in use"
		}
	}
	scheme := "http"
	if s.config.tls != nil {
		scheme = "https"
		if s.identity, err = newIdentity(s.config, s.listener.Addr()); err != nil {
			return err
		}
	}
	s.URL = scheme + "://" + reachable(s.listener.Addr())
	s.client = newClient(s.identity)
	s.setPublicURL(s.config.publicURL)
	return nil
}

// reachable is how a listener is reached from the same machine.
func reachable(a net.Addr) string {
	if tcp, ok := a.(*net.TCPAddr); ok && tcp.IP.IsUnspecified() {
		return fmt.Sprintf("127.0.0.1:%d", tcp.Port)
	}
	return a.String()
}

// PublicURL is the URL under which clients reach the server, without a slash at
// the end: the one that was set, or Server.URL.
func (s *Server) PublicURL() string { return *s.publicURL.Load() }

// setPublicURL changes the public URL; nil returns it to the address that the
// server listens on.
func (s *Server) setPublicURL(u *url.URL) {
	text := s.URL
	if u != nil {
		text = strings.TrimRight(u.String(), "/")
	}
	s.publicURL.Store(&text)
}

// abandon closes what a start that failed had opened.
func (s *Server) abandon() {
	s.stop()
	if s.listener != nil {
		_ = s.listener.Close() // no client has connected yet
	}
	_ = s.closeRooms() // the start failed already
}

// Done is closed when the server serves no more: after Close, or when its
// listener failed.
func (s *Server) Done() <-chan struct{} { return s.done }

// Close ends the server: it takes no new requests, gives pending ones ten
// seconds to finish, and closes the store. A second Close does nothing.
func (s *Server) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	return s.Shutdown(ctx)
}

// Shutdown is Close with another limit: when ctx ends, requests that are still
// pending are cut off, which is an error.
func (s *Server) Shutdown(ctx context.Context) error {
	s.closed.Do(func() { s.closeErr = s.shutdown(ctx) })
	return s.closeErr
}

func (s *Server) shutdown(ctx context.Context) error {
	s.stop()
	s.fresh.close()
	var errs []error
	if err := s.http.Shutdown(ctx); err != nil {
		errs = append(errs, fmt.Errorf("requests in flight were cut off: %w", err), s.http.Close())
	}
	<-s.done
	s.background.Wait()
	s.client.CloseIdleConnections()
	return errors.Join(append(errs, s.serveErr, s.closeRooms())...)
}

func (s *Server) closeRooms() error {
	if s.keys != nil {
		s.keys.Close()
	}
	if s.components.issuers != nil {
		s.components.issuers.Close()
	}
	if s.store == nil {
		return nil
	}
	return s.store.Close()
}
