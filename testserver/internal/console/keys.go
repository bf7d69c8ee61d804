package console

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/keys"
)

// keysPage is the signing keys on a time line, the newest first.
type keysPage struct {
	Keys []keyLine
	// Ticks are the times under the line.
	Ticks []tick
	// Now is where now is, in percent of the width.
	Now string
	// Rotation says when the next one is due.
	Rotation string
}

// keyLine is a key with the parts of its life as they lie on the line.
type keyLine struct {
	keys.Info
	Parts []part
}

// part is one of published (waits for its turn), signing, and retired (checks
// what it signed).
type part struct {
	Kind string
	// X and Width are in percent of the line.
	X, Width string
}

type tick struct{ X, Label string }

// maxKeys is how many keys are shown: of long retired ones only the last.
const maxKeys = 12

func (c *Console) keys(w http.ResponseWriter, r *http.Request) {
	infos, err := c.config.Keys.Keys(r.Context())
	if err != nil {
		c.failed(w, r, err)
		return
	}
	slices.Reverse(infos)
	infos = infos[:min(len(infos), maxKeys)]
	now := c.config.Clock.Now()
	p := layOut(infos, now)
	p.Rotation = c.rotation(infos, now)
	c.show(w, r, http.StatusOK, "keys", "Signing keys", p)
}

func (c *Console) rotation(infos []keys.Info, now time.Time) string {
	for _, k := range infos {
		if k.Status == keys.Next && !k.ActivatesAt.IsZero() {
			return "The next key signs from " + at(k.ActivatesAt) + "."
		}
		if k.Status == keys.Current && c.config.RotateEvery > 0 {
			due := k.ActivatesAt.Add(c.config.RotateEvery)
			return fmt.Sprintf("The server rotates the keys every %s; next at %s, in %s.", span(int64(c.config.RotateEvery.Seconds())),
				at(due), span(max(0, int64(due.Sub(now).Seconds()))))
		}
	}
	return "The server rotates the keys on demand: POST /api/v1/signing-keys/rotate, or the action atm_rotate_signing_key."
}

// scale maps times to the width of the line.
type scale struct{ from, to time.Time }

func (s scale) percent(t time.Time) float64 {
	if t.Before(s.from) {
		return 0
	}
	if t.After(s.to) {
		return 100
	}
	return 100 * float64(t.Sub(s.from)) / float64(s.to.Sub(s.from))
}

func percent(x float64) string { return fmt.Sprintf("%.3f%%", x) }

// layOut puts the lives of keys on one line, from the first that is known of
// them to somewhat after the last.
func layOut(infos []keys.Info, now time.Time) keysPage {
	s := scale{from: now, to: now}
	for _, k := range infos {
		for _, t := range []time.Time{k.CreatedAt, k.ActivatesAt, k.RetiredAt, k.ExpiresAt} {
			if t.IsZero() {
				continue
			}
			if t.Before(s.from) {
				s.from = t
			}
			if t.After(s.to) {
				s.to = t
			}
		}
	}
	const least = 10 * time.Minute
	length := max(s.to.Sub(s.from), least)
	s.to = s.to.Add(length / 5)
	p := keysPage{Now: percent(s.percent(now)), Ticks: s.ticks()}
	for _, k := range infos {
		p.Keys = append(p.Keys, keyLine{Info: k, Parts: s.parts(k)})
	}
	return p
}

// parts are the parts of a key's life that are not empty.
func (s scale) parts(k keys.Info) []part {
	signs, retires := k.ActivatesAt, k.RetiredAt
	if signs.IsZero() {
		signs = s.to
	}
	if retires.IsZero() {
		retires = s.to
	}
	var parts []part
	for _, life := range []struct {
		kind     string
		from, to time.Time
	}{{"published", k.CreatedAt, signs}, {"signing", signs, retires}, {"retired", retires, k.ExpiresAt}} {
		x, end := s.percent(life.from), s.percent(life.to)
		if !life.to.IsZero() && end > x {
			parts = append(parts, part{Kind: life.kind, X: percent(x), Width: percent(max(end-x, 0.4))})
		}
	}
	return parts
}

// ticks are four or five round times.
func (s scale) ticks() []tick {
	steps := []time.Duration{
		time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour,
		3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour, 48 * time.Hour, 7 * 24 * time.Hour, 14 * 24 * time.Hour,
		30 * 24 * time.Hour, 90 * 24 * time.Hour, 365 * 24 * time.Hour,
	}
	length := s.to.Sub(s.from)
	step := steps[len(steps)-1]
	for _, candidate := range steps {
		if length <= 5*candidate {
			step = candidate
			break
		}
	}
	format := "15:04"
	if step >= 24*time.Hour {
		format = "2 Jan"
	}
	var ticks []tick
	for t := s.from.UTC().Truncate(step).Add(step); t.Before(s.to); t = t.Add(step) {
		if x := s.percent(t); x > 3 && x < 97 {
			ticks = append(ticks, tick{X: percent(x), Label: t.Format(format)})
		}
	}
	return ticks
}
