package store_test

import (
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/random"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// BenchmarkOpen is what testserver.Start spends in this package.
func BenchmarkOpen(b *testing.B) {
	for b.Loop() {
		s, err := store.Open(b.Context(), store.Options{})
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkIssue is what a token request spends in this package: one lookup and
// one new family.
func BenchmarkIssue(b *testing.B) {
	for name, options := range map[string]store.Options{"memory": {}, "file": {DataDir: b.TempDir()}} {
		b.Run(name, func(b *testing.B) {
			s := open(b, options)
			p := place(b, s)
			a, u := newApplication(b, s, p), newUser(b, s, p)
			assign(b, s, a.ID, u.ID, true)
			b.ReportAllocs()
			b.SetParallelism(8)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					direct := s.Direct(b.Context())
					g, err := direct.GrantByLogin(a.ClientID, u.Email)
					if err != nil {
						b.Error(err)
						return
					}
					err = direct.CreateFamily(store.TokenFamily{ID: random.ID(), ApplicationID: g.Client.ApplicationID,
						UserID: g.User.UserID, GrantType: "user_credentials", RefreshHash: random.Key(32),
						RefreshExpiresAt: later, AuthTime: now, CreatedAt: now, ExpiresAt: later.Add(time.Hour)})
					if err != nil {
						b.Error(err)
						return
					}
				}
			})
		})
	}
}

// BenchmarkReads are a page of a listing and a read by ids.
func BenchmarkReads(b *testing.B) {
	s := open(b, store.Options{})
	p := place(b, s)
	var ids []string
	write(b, s, func(tx *store.Tx) error {
		ids = nil
		for range 1000 {
			a, err := tx.CreateApplication(application(p), now)
			if err != nil {
				return err
			}
			ids = append(ids, a.ID)
		}
		return nil
	})
	for name, filter := range map[string]store.ApplicationFilter{
		"page of 500": {Scope: store.Everything()}, "200 ids": {Scope: store.Everything(), IDs: ids[:200]},
		"1 id": {Scope: store.Everything(), IDs: ids[:1]},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				read(b, s, func(tx *store.Tx) (store.List[store.Application], error) {
					return tx.Applications(filter, store.Page{Limit: 500})
				})
			}
		})
	}
}
