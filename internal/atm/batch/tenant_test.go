package batch_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/tci-pf/terraform-provider-atm/internal/atm/batch"
)

const pageSize = 500

var errAbsent = errors.New("404")

type object struct{ id, project, version int }

// tenant is an ATM of numbered objects that counts what it is asked. The scope -1 is everything, another one a project.
type tenant struct {
	mu            sync.Mutex
	latency       time.Duration
	objects       map[int]object
	ones, manies  int
	pages         int
	refusesMany   error
	refusesPages  error
	keysPerAsk    []int
	onPage        func()
	confirmations int
}

func newTenant(n int) *tenant {
	a := &tenant{objects: map[int]object{}, latency: 5 * time.Millisecond}
	for i := range n {
		a.objects[i] = object{id: i, project: i % 3}
	}
	return a
}

func (a *tenant) wait(ctx context.Context) error {
	select {
	case <-time.After(a.latency):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (a *tenant) one(ctx context.Context, id int) (object, error) {
	if err := a.wait(ctx); err != nil {
		return object{}, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	o, ok := a.objects[id]
	if !ok {
		a.confirmations++
		return object{}, errAbsent
	}
	a.ones++
	return o, nil
}

func (a *tenant) many(ctx context.Context, ids []int) ([]object, error) {
	if err := a.wait(ctx); err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.manies++
	a.keysPerAsk = append(a.keysPerAsk, len(ids))
	if a.refusesMany != nil {
		return nil, a.refusesMany
	}
	var found []object
	for _, id := range ids {
		if o, ok := a.objects[id]; ok {
			found = append(found, o)
		}
	}
	return found, nil
}

func (a *tenant) page(ctx context.Context, project int, cursor string) (batch.Page[object], error) {
	if err := a.wait(ctx); err != nil {
		return batch.Page[object]{}, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.pages++
	if a.refusesPages != nil {
		return batch.Page[object]{}, a.refusesPages
	}
	after := -1
	if cursor != "" {
		after, _ = strconv.Atoi(cursor)
	}
	var ids []int
	for id, o := range a.objects {
		if project == -1 || o.project == project {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	page := batch.Page[object]{Total: len(ids)}
	for _, id := range ids {
		if id <= after {
			continue
		}
		if len(page.Items) == pageSize {
			page.Next = strconv.Itoa(page.Items[pageSize-1].id)
			break
		}
		page.Items = append(page.Items, a.objects[id])
	}
	if a.onPage != nil {
		a.onPage()
	}
	return page, nil
}

func (a *tenant) requests() int { return a.ones + a.manies + a.pages }

func (a *tenant) pagesOf(project int) int {
	n := 0
	for _, o := range a.objects {
		if project == -1 || o.project == project {
			n++
		}
	}
	return max(1, (n+pageSize-1)/pageSize)
}

var (
	errRefused    = errors.New("400")
	errNoResponse = errors.New("no response yet (request id 42)")
)

// source reads the tenant. It is the tenant itself, unless a test replaces a method.
type source struct {
	*tenant
	// noPages refuses every page, as if there were no listing.
	noPages bool
}

func (s source) One(ctx context.Context, id int, progress func(error)) (object, error) {
	progress(errNoResponse)
	return s.one(ctx, id)
}

func (s source) Many(ctx context.Context, ids []int, progress func(error)) ([]object, error) {
	progress(errNoResponse)
	return s.many(ctx, ids)
}

func (s source) Page(ctx context.Context, project int, cursor string, progress func(error)) (batch.Page[object], error) {
	if s.noPages {
		return batch.Page[object]{}, errRefused
	}
	progress(errNoResponse)
	return s.page(ctx, project, cursor)
}

func (source) Refused(err error) bool    { return errors.Is(err, errRefused) }
func (source) Chunks(keys []int) [][]int { return slices.Collect(slices.Chunk(keys, 200)) }
func (source) Key(o object) int          { return o.id }

func (source) Common(x, y int) int {
	if x == y {
		return x
	}
	return -1
}

func (a *tenant) source() source { return source{tenant: a} }
