// Package store keeps what the reference server knows: suites, projects,
// applications, users, assignments, token families, authorization codes,
// signing keys and idempotency records. There is one schema and one set of
// statements for two databases: SQLite (in memory, or a file that survives kill
// -9) and PostgreSQL (shared by replicas). Every rule that has to hold while
// several requests or replicas act at once (names unique in their parent,
// single use, etags) is kept by a constraint, by one conditional statement or
// under a row's lock, never by reading first and hoping.
//
// The package stores; its callers decide. It must not know HTTP, roles, RFCs,
// JWTs or how a secret is hashed or sealed: it takes hashes and ciphertexts as
// bytes. It does not know the time either: the caller says what now is.
//
// Work is done in transactions:
//
//	err := s.Write(ctx, func(tx *store.Tx) error {
//		suite, err := tx.CreateSuite(store.Suite{ID: random.ID(), Name: "payments"}, now)
//		…
//	})
//
// A write that lost against a concurrent one (a serialization failure, a
// deadlock, a unique name taken in between) is run again, so the function may
// run more than once and must not do anything but use tx. It must not use the
// Store itself either: SQLite in memory has one connection, which tx holds.
//
// Where an etag is expected, the caller compares it with what ...ForUpdate
// returned, and changes the object in the same transaction.
//
// Strings are UTF-8 without NUL (PostgreSQL stores no other): a lookup by any
// other string finds nothing, a write of one is ErrInvalidText.
package store
