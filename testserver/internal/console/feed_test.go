package console_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/console"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/oauth"
)

func all(console.Entry) bool { return true }

func TestFeed_KeepsTheLastOnesNewestFirst(t *testing.T) {
	t.Parallel()
	f := console.NewFeed()
	for n := range 1234 {
		e := oauth.Event{UserID: fmt.Sprint(n + 1)}
		if n%2 == 0 {
			e.Code = "invalid_grant"
		}
		f.Add(t.Context(), e)
	}
	s := f.Newest(0, 10_000, all)
	if len(s.Entries) != 500 || s.Last != 1234 || s.Granted != 617 || s.Refused != 617 {
		t.Fatalf("%d entries, last %d, %d granted, %d refused", len(s.Entries), s.Last, s.Granted, s.Refused)
	}
	for i, e := range s.Entries {
		if want := uint64(1234 - i); e.Number != want || e.UserID != fmt.Sprint(want) {
			t.Fatalf("entry %d is number %d of user %s, want %d", i, e.Number, e.UserID, want)
		}
	}
	if s := f.Newest(1232, 10, all); len(s.Entries) != 2 {
		t.Errorf("%d entries after the last but two", len(s.Entries))
	}
	if s := f.Newest(1234, 10, all); len(s.Entries) != 0 {
		t.Errorf("%d entries after the last", len(s.Entries))
	}
	refused := f.Newest(0, 3, func(e console.Entry) bool { return !e.OK() })
	if len(refused.Entries) != 3 || refused.Entries[0].Number != 1233 {
		t.Errorf("the refused ones are %v", refused.Entries)
	}
}

func TestFeed_WakesEachWaiterOnce(t *testing.T) {
	t.Parallel()
	f := console.NewFeed()
	epoch := f.Newest(0, 1, all).Epoch
	open := func(c <-chan struct{}) bool {
		select {
		case <-c:
			return false
		default:
			return true
		}
	}
	waiting := f.Changed(epoch, 0)
	if !open(waiting) {
		t.Fatal("nothing has happened")
	}
	f.Add(t.Context(), oauth.Event{})
	if open(waiting) {
		t.Error("who waits is not woken")
	}
	if open(f.Changed(epoch, 0)) {
		t.Error("what happened before is waited for")
	}
	waiting = f.Changed(epoch, 1)
	if !open(waiting) {
		t.Error("nothing new has happened")
	}
	f.Clear()
	if open(waiting) || open(f.Changed(epoch, 0)) {
		t.Error("a feed that begins anew does not tell")
	}
	if s := f.Newest(0, 10, all); s.Epoch == epoch || s.Last != 0 || len(s.Entries) != 0 {
		t.Errorf("after Clear: %+v", s)
	}
}

func TestFeed_NilRemembersNothing(t *testing.T) {
	t.Parallel()
	var f *console.Feed
	f.Add(t.Context(), oauth.Event{})
	f.Clear()
}

func TestFeed_ManyAtOnce(t *testing.T) {
	t.Parallel()
	f := console.NewFeed()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 500 {
				f.Add(t.Context(), oauth.Event{})
			}
		})
		wg.Go(func() {
			last := uint64(0)
			for last < 4000 {
				s := f.Newest(last, 100, all)
				for i := 1; i < len(s.Entries); i++ {
					if s.Entries[i].Number+1 != s.Entries[i-1].Number {
						t.Error("a number is missing")
						return
					}
				}
				last = s.Last
				if last < 4000 {
					<-f.Changed(s.Epoch, last)
				}
			}
		})
	}
	wg.Wait()
}
