package torture_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
)

func testConcurrency(t *testing.T) {
	t.Parallel()
	rounds := 5 // in the first, two runs go one after the other; in the rest they race
	if *every >= sample {
		rounds = 2
	}
	for _, c := range resourceCases() {
		each := func(operation, name string, test func(w *world, round int)) {
			cell(t, "concurrency", c.name, operation, c.name+"/"+operation, name, func(t *testing.T) {
				for round := range rounds {
					w := newWorld(t, c, "update")
					test(w, round)
				}
			})
		}
		if c.other != nil {
			each("update", "update", func(w *world, round int) {
				w.conflict(round, w.changed, with(w.config, map[string]any{c.attribute: c.other}))
			})
		}
		if c.attribute != "" {
			each("update", "destroy", func(w *world, round int) { w.conflict(round, w.changed, nil) })
		}
		if c.named {
			each("create", "create", func(w *world, _ int) { w.createTwice() })
		}
		if c.name == "atm_application-rotation" {
			each("update", "tokens", func(w *world, _ int) { w.rotate(nil) })
			each("update", "tokens-and-lost-responses", func(w *world, _ int) {
				w.rotate(&fault{name: "reset-after", acts: true, respond: drop})
			})
		}
	}
}

// atOnce runs the functions in parallel, or one after the other.
func atOnce(parallel bool, functions ...func()) {
	var group sync.WaitGroup
	for _, f := range functions {
		if !parallel {
			f()
			continue
		}
		group.Go(f)
	}
	group.Wait()
}

// conflict applies two configurations to copies of one state. One apply must
// fail and name what the other changed.
func (w *world) conflict(round int, configs ...map[string]any) {
	w.Helper()
	w.prepare()
	objects := make([]acctest.Object, len(configs))
	diags := make([][]*tfprotov6.Diagnostic, len(configs))
	var runs []func()
	for i := range configs {
		objects[i] = *w.object
		p := w.provider(nil)
		runs = append(runs, func() { diags[i] = p.Apply(&objects[i], configs[i]) })
	}
	atOnce(round > 0, runs...)

	winner, loser := 0, 1
	if acctest.HasErrors(diags[0]) {
		winner, loser = 1, 0
	}
	if acctest.HasErrors(diags[winner]) || !acctest.HasErrors(diags[loser]) {
		w.Fatalf("want one apply that succeeds and one that fails: %s and %s", texts(diags[0]), texts(diags[1]))
	}
	p := w.provider(nil)
	if configs[winner] != nil {
		if text := fmt.Sprint(texts(diags[loser])); !strings.Contains(text, w.attribute) {
			w.Errorf("the error does not name %s: %s", w.attribute, text)
		}
		w.noErrors("refresh of the winner", p.Refresh(&objects[winner]))
		plan, found := p.Plan(&objects[winner], configs[winner])
		w.noErrors("plan of the winner", found)
		if plan.Changes(&objects[winner]) {
			w.Errorf("the update was lost: %s", w.redact(plan.Planned.String()))
		}
	}
	w.noErrors("second refresh of the loser", p.Refresh(&objects[loser]))
	w.noErrors("second apply of the loser", p.Apply(&objects[loser], configs[loser]))
	w.noErrors("destroy", p.Apply(&objects[loser], nil))
	w.sameListing("after the destroy", w.listing(), w.before)
}

// createTwice creates one name in several runs at once: one succeeds, the
// others print the import block that makes them converge.
func (w *world) createTwice() {
	w.Helper()
	const runs = 4
	objects := make([]*acctest.Object, runs)
	diags := make([][]*tfprotov6.Diagnostic, runs)
	var creates []func()
	for i := range runs {
		p := w.provider(nil)
		objects[i] = p.New(w.kind)
		creates = append(creates, func() { diags[i] = p.Apply(objects[i], w.config) })
	}
	atOnce(true, creates...)

	created := 0
	p := w.provider(nil)
	for i, object := range objects {
		if !acctest.HasErrors(diags[i]) {
			created++
			continue
		}
		id := importID(diags[i])
		if id == "" || !object.Gone() {
			w.Fatalf("the error contains no import block, or the state an object: %s", texts(diags[i]))
		}
		imported, found := p.Import(w.kind, id, nil)
		w.noErrors("import", found)
		w.noErrors("apply after the import", p.Apply(imported, w.config))
		objects[i] = imported
	}
	if created != 1 {
		w.Errorf("%d creates of one name succeeded", created)
	}
	w.noErrors("destroy", p.Apply(objects[runs-1], nil))
	w.sameListing("after the destroy", w.listing(), w.before)
}

// rotate rotates a secret several times, each under the fault if there is one
// and then again, while tokens are requested with the secret in the state.
func (w *world) rotate(f *fault) {
	w.Helper()
	w.prepare()
	var secret atomic.Value
	var requests atomic.Int32
	secret.Store(w.object.Get("client_secret"))
	clientID, _ := w.object.Get("client_id").(string)
	ctx, stop := context.WithCancel(w.Context())
	var consumer sync.WaitGroup
	consumer.Go(func() {
		for ctx.Err() == nil {
			if text, _ := secret.Load().(string); !w.authenticates(clientID, text) {
				w.Errorf("a token request with the secret in the state failed, after %d", requests.Load())
				return
			}
			requests.Add(1)
		}
	})
	defer consumer.Wait()
	defer stop()
	for i := range 3 {
		config := with(w.changed, map[string]any{"secret_rotation": map[string]any{
			"triggers": map[string]any{"at": fmt.Sprint("round ", i)}, "previous_secret_expires_in": 3600,
		}})
		if f != nil {
			lost := &armed{fault: f, call: "POST-applications-ID-secret"}
			w.proxy.record(lost)
			diags := w.provider(nil).Apply(w.object, w.within(config, "update", "500ms"))
			w.proxy.lift(lost)
			if !acctest.HasErrors(diags) {
				w.Error("the rotation did not fail")
			}
			w.noErrors("refresh", w.provider(nil).Refresh(w.object))
		}
		w.noErrors("rotation", w.provider(nil).Apply(w.object, config))
		secret.Store(w.object.Get("client_secret"))
		for seen := requests.Load(); requests.Load() < seen+2 && !w.Failed(); {
			time.Sleep(time.Millisecond)
		}
	}
}
