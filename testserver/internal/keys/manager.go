package keys

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/clock"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// DefaultMaxAge is how long verifiers may cache the JWKS.
const DefaultMaxAge = 5 * time.Minute

const (
	// pollEvery is how often a manager looks for what other replicas did.
	pollEvery = 5 * time.Second
	// sweepEvery is how often it looks for keys that nothing needs.
	sweepEvery = 5 * time.Minute
	// lag is how long a replica may go on with a key that another one retired:
	// a poll, and the signatures that wait.
	lag = time.Minute
	// queuePerCore bounds the signatures that wait: about a third of a second
	// of work for each core.
	queuePerCore = 256
)

// Config says how a manager behaves. Store is required.
type Config struct {
	Store *store.Store
	// Clock tells the time; nil is the machine's.
	Clock clock.Clock
	// MasterKey encrypts private keys and secrets in the store; nil leaves
	// them as they are. Those that are in the store unencrypted are encrypted
	// when the manager opens.
	MasterKey *MasterKey
	// MaxAge is how long verifiers may cache the JWKS, and so how long a key
	// is published before it signs; 0 is DefaultMaxAge.
	MaxAge time.Duration
	// RotateEvery is how long a key signs; 0 rotates only on demand.
	RotateEvery time.Duration
	// Immediate lets Rotate make the next key current at once, and forbids
	// verifiers to use a cached JWKS without asking. It is for tests.
	Immediate bool
	// Replicas reports whether other processes use the same store. A new key
	// then counts as published once all of them have seen it.
	Replicas bool
	// Initial is the first key of an empty store; nil generates one.
	Initial *rsa.PrivateKey
	// Pool is where new keys come from; nil generates them.
	Pool *Pool
	// Cores is how many signatures are made at a time; 0 is GOMAXPROCS. Queue
	// is how many more responses may wait for theirs; 0 is 256 for each core.
	Cores, Queue int
	// Logger gets what goes wrong in the background; nil is slog's default.
	Logger *slog.Logger
}

// Manager holds the signing keys of a store. It is safe for concurrent use.
type Manager struct {
	config Config
	gate   *gate
	logger *slog.Logger

	state atomic.Pointer[state]
	// work is held while keys are added, scheduled or read: a lock that a
	// context ends. No signature waits for it.
	work chan struct{}
	// entries are all keys that were ever read, so that each is decoded once;
	// drawn counts the keys taken from the pool. Both belong to work's holder.
	entries map[string]*entry
	drawn   int
	// secrets are the shared ones that were read, by name.
	secrets sync.Map

	kick   chan struct{}
	cancel context.CancelFunc
	done   sync.WaitGroup
}

// entry is a key with what the store says of it.
type entry struct {
	key *Key // its private part is nil where the store has none
	jwk JWK
	// until is when the last token that it signed expires, in microseconds,
	// as the store has it.
	until atomic.Int64
	// extending is held while the store gets a later one.
	extending sync.Mutex
}

// Open reads the keys of a store, making what is missing, and begins to look
// after them. It returns ErrMasterKey where the store's keys are encrypted and
// config's master key does not open them. Close ends what it began.
func Open(ctx context.Context, config Config) (*Manager, error) {
	if config.Clock == nil {
		config.Clock = clock.System()
	}
	if config.MaxAge <= 0 {
		config.MaxAge = DefaultMaxAge
	}
	if config.Cores <= 0 {
		config.Cores = runtime.GOMAXPROCS(0)
	}
	if config.Queue <= 0 {
		config.Queue = queuePerCore * config.Cores
	}
	r := &Manager{
		config: config, gate: newGate(config.Cores, config.Queue), logger: config.Logger,
		work: make(chan struct{}, 1), kick: make(chan struct{}, 1), entries: map[string]*entry{},
	}
	if r.logger == nil {
		r.logger = slog.Default()
	}
	if err := r.Reload(ctx); err != nil {
		return nil, err
	}
	background, cancel := context.WithCancel(context.WithoutCancel(ctx))
	r.cancel = cancel
	r.done.Go(func() { r.lookAfter(background) })
	return r, nil
}

// Close ends the manager's own work. It does not close the store.
func (r *Manager) Close() {
	r.cancel()
	r.done.Wait()
}

// Reload forgets what the manager knows and reads the store anew, making a first
// key where it has none. It is for a store whose content was exchanged.
func (r *Manager) Reload(ctx context.Context) error {
	if err := r.lock(ctx); err != nil {
		return err
	}
	defer r.unlock()
	r.entries, r.drawn = map[string]*entry{}, 0
	r.secrets.Clear()
	if err := r.sealAll(ctx); err != nil {
		return fmt.Errorf("encrypt the stored keys: %w", err)
	}
	rows, err := r.config.Store.Direct(ctx).SigningKeys()
	if err != nil {
		return fmt.Errorf("open the signing keys: %w", err)
	}
	if len(rows) == 0 {
		if err := r.addFirst(ctx); err != nil {
			return fmt.Errorf("create the first signing key: %w", err)
		}
	}
	if err := r.refresh(ctx); err != nil {
		return fmt.Errorf("open the signing keys: %w", err)
	}
	return nil
}

func (r *Manager) lock(ctx context.Context) error {
	select {
	case r.work <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (r *Manager) unlock() { <-r.work }

// refresh reads all keys of the store. The caller holds the lock.
func (r *Manager) refresh(ctx context.Context) error {
	rows, err := r.config.Store.Direct(ctx).SigningKeys()
	if err != nil {
		return err
	}
	if r.exchanged(rows) {
		r.entries, r.drawn = map[string]*entry{}, 0
		r.secrets.Clear()
	}
	placed := make([]placedKey, 0, len(rows))
	for _, row := range rows {
		e, err := r.entry(row)
		if err != nil {
			return err
		}
		if until := microsOf(row.JWKSUntil); until > e.until.Load() {
			e.until.Store(until)
		}
		placed = append(placed, placedKey{entry: e, row: row})
	}
	if len(placed) == 0 {
		return errors.New("the store has no signing keys any more")
	}
	r.state.Store(newState(placed, r.config.Clock.Now(), &r.config))
	return nil
}

// exchanged reports whether another process emptied the store and began anew: a
// current key is never deleted, and its kid may come again from a pool.
func (r *Manager) exchanged(rows []store.SigningKey) bool {
	s := r.state.Load()
	if s == nil {
		return false
	}
	current := s.current.row
	return !slices.ContainsFunc(rows, func(row store.SigningKey) bool {
		return row.KID == current.KID && row.CreatedAt.Equal(current.CreatedAt)
	})
}

// entry returns the key of a row, decoded once. The caller holds the lock.
func (r *Manager) entry(row store.SigningKey) (*entry, error) {
	if e, known := r.entries[row.KID]; known {
		return e, nil
	}
	e, err := r.decode(row)
	if err != nil {
		return nil, err
	}
	r.entries[row.KID] = e
	return e, nil
}

func (r *Manager) decode(row store.SigningKey) (*entry, error) {
	if row.PrivateKey == nil {
		public, err := parsePublic(row.PublicKey)
		if err != nil {
			return nil, fmt.Errorf("signing key %s: %w", row.KID, err)
		}
		return &entry{key: &Key{ID: row.KID, Public: public}, jwk: NewJWK(public)}, nil
	}
	pkcs8 := row.PrivateKey
	if row.Sealed {
		var err error
		if pkcs8, err = r.config.MasterKey.open(row.KID, pkcs8); err != nil {
			return nil, err
		}
	}
	key, err := parsePrivate(pkcs8)
	if err != nil {
		return nil, fmt.Errorf("signing key %s: %w", row.KID, err)
	}
	if key.ID != row.KID {
		return nil, fmt.Errorf("signing key %s: the private key does not belong to the public key", row.KID)
	}
	return &entry{key: key, jwk: NewJWK(key.Public)}, nil
}

// row prepares a key for the store, and keeps it decoded. The caller holds the
// lock.
func (r *Manager) row(key *Key, now time.Time) (store.SigningKey, error) {
	public, err := x509.MarshalPKIXPublicKey(key.Public)
	if err != nil {
		return store.SigningKey{}, fmt.Errorf("encode the public key: %w", err)
	}
	row := store.SigningKey{
		KID: key.ID, Algorithm: Algorithm, PublicKey: public, PrivateKey: key.pkcs8,
		CreatedAt: now, PublishedAt: now,
	}
	if r.config.MasterKey != nil {
		row.PrivateKey, row.Sealed = r.config.MasterKey.seal(key.ID, key.pkcs8), true
	}
	r.entries[key.ID] = &entry{key: key, jwk: NewJWK(key.Public)}
	return row, nil
}

// newKey takes a key from the pool, or generates one, that the manager has not
// seen. The caller holds the lock.
func (r *Manager) newKey(ctx context.Context) (*Key, error) {
	if r.config.Pool == nil {
		return generate(ctx)
	}
	for {
		key, err := r.config.Pool.at(ctx, r.drawn)
		if err != nil {
			return nil, err
		}
		r.drawn++
		if _, seen := r.entries[key.ID]; !seen {
			return key, nil
		}
	}
}

// generate is Generate for a caller that may stop waiting.
func generate(ctx context.Context) (*Key, error) { return new(Pool).at(ctx, 0) }

func (r *Manager) addFirst(ctx context.Context) (err error) {
	var key *Key
	if r.config.Initial != nil {
		key, err = NewKey(r.config.Initial)
	} else {
		key, err = r.newKey(ctx)
	}
	if err != nil {
		return err
	}
	now := r.config.Clock.Now()
	row, err := r.row(key, now)
	if err != nil {
		return err
	}
	row.ActivatesAt = now
	return r.config.Store.Write(ctx, func(tx *store.Tx) error {
		// Adding this secret makes replicas that start at once wait for one
		// another, so that one of them adds the key.
		if _, err := tx.AddServerSecret(r.sealedSecret(firstKeySecret, now)); err != nil {
			return err
		}
		rows, err := tx.SigningKeys()
		if err != nil || len(rows) > 0 {
			return err
		}
		_, err = tx.AddSigningKey(row)
		return err
	})
}

func microsOf(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}
