package provider

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// lookupEnvironment takes an empty variable for an unset one, as CI systems do.
func lookupEnvironment(name string) (string, bool) {
	value, ok := os.LookupEnv(name)
	return value, ok && value != ""
}

// resolved contains each setting's value as text, from the block or else from
// its variable.
type resolved struct {
	values  map[string]string
	fromEnv map[string]bool
	headers map[string]string
	// unknown names the settings that have a value which is not known yet.
	unknown []string
	// invalid contains the settings whose value is reported already.
	invalid map[string]bool
}

// resolve resolves each setting separately; the block takes precedence over the
// environment. If the block sets any setting of one sign-in method, or of a group
// of settings with the same meaning, the variables of the others are ignored. A
// value that is not known yet counts like any other and never falls back to the
// environment.
func (b block) resolve(lookup func(string) (string, bool), diags *diag.Diagnostics) *resolved {
	r := &resolved{values: map[string]string{}, fromEnv: map[string]bool{}, invalid: map[string]bool{}}
	b.check(diags)
	for _, s := range settings {
		if value, ok := b[s.name]; ok {
			r.take(s, value)
			continue
		}
		if b.discards(s) {
			continue
		}
		if value, ok := lookup(s.env()); ok {
			r.takeVariable(s, value, diags)
		}
	}
	r.checkEnvironment(diags)
	r.readHeaders(diags)
	return r
}

// discards reports whether the block sets s in another way.
func (b block) discards(s setting) bool {
	others := b.names(func(other setting) bool {
		return other.method != anyMethod && s.method != anyMethod && other.method != s.method ||
			other.group != "" && (other.group == s.group || other.group == s.with)
	})
	return len(others) > 0
}

func (r *resolved) takeVariable(s setting, value string, diags *diag.Diagnostics) {
	r.fromEnv[s.name] = true
	if err := s.checkVariable(value); err != nil {
		r.wrong(s.name, err, diags)
		return
	}
	r.values[s.name] = value
}

func (r *resolved) take(s setting, value attr.Value) {
	if value.IsUnknown() {
		r.unknown = append(r.unknown, s.name)
		return
	}
	switch value := value.(type) {
	case types.String:
		if s.checkBlock(value.ValueString()) != nil {
			r.invalid[s.name] = true
			return
		}
		r.values[s.name] = value.ValueString()
	case types.Int64:
		r.values[s.name] = strconv.FormatInt(value.ValueInt64(), 10)
	case types.Float64:
		r.values[s.name] = strconv.FormatFloat(value.ValueFloat64(), 'g', -1, 64)
	case types.Map:
		r.headers = map[string]string{}
		for name, element := range value.Elements() {
			if element.IsUnknown() {
				r.unknown = append(r.unknown, s.name)
				return
			}
			text, _ := element.(types.String)
			r.headers[name] = text.ValueString()
		}
	}
}

// checkEnvironment finds variables of two sign-in methods, and two variables
// with the same meaning.
func (r *resolved) checkEnvironment(diags *diag.Diagnostics) {
	both := func(pick func(setting) bool) []string {
		var variables []string
		for _, s := range settings {
			if r.fromEnv[s.name] && pick(s) {
				variables = append(variables, s.env())
			}
		}
		return variables
	}
	tokens := both(func(s setting) bool { return s.method == byToken })
	signIns := both(func(s setting) bool { return s.method == bySignIn })
	if len(tokens) > 0 && len(signIns) > 0 {
		diags.AddError("Two sign-in methods in the environment",
			fmt.Sprintf("%s configures a ready access token, and %s a sign-in. Unset one of the two, or choose in the provider block.", join(tokens), join(signIns)))
	}
	for _, group := range groups() {
		if variables := both(func(s setting) bool { return s.group == group }); len(variables) > 1 {
			summary, why := twice(group)
			diags.AddError(summary+" in the environment", fmt.Sprintf("%s %s. Keep one of them, or choose in the provider block.", join(variables), why))
		}
	}
}

func (r *resolved) readHeaders(diags *diag.Diagnostics) {
	raw, ok := r.values["headers"]
	if !ok {
		return
	}
	if err := json.Unmarshal([]byte(raw), &r.headers); err != nil {
		r.wrong("headers", errors.New(`is not a JSON object of strings, such as {"X-Gateway-Key":"…"}`), diags)
	}
}

// source is the name by which the user knows the setting: its own, or that of
// its environment variable.
func (r *resolved) source(name string) string {
	if r.fromEnv[name] {
		return find(name).env()
	}
	return name
}

// sources maps each setting that has a value, and the others with the same
// meaning, to the source of the value.
func (r *resolved) sources() map[string]string {
	sources := map[string]string{}
	for _, s := range settings {
		if _, ok := r.values[s.name]; !ok && s.name != "headers" {
			continue
		}
		for _, other := range settings {
			if other.name == s.name || s.group != "" && other.group == s.group {
				sources[other.name] = r.source(s.name)
			}
		}
	}
	return sources
}

// wrong reports the value of a setting once, under the name of its source.
func (r *resolved) wrong(name string, err error, diags *diag.Diagnostics) {
	r.invalid[name] = true
	summary := "Invalid provider setting " + name
	if r.fromEnv[name] {
		summary = "Invalid environment variable " + r.source(name)
	}
	diags.AddAttributeError(path.Root(name), summary, sentence(r.source(name), err))
}

// given returns the setting that contains the value of name: itself or its _file.
func (r *resolved) given(name string) string {
	file := strings.TrimSuffix(name, "_pem") + "_file"
	if _, ok := r.values[name]; !ok {
		if _, ok := r.values[file]; ok {
			return file
		}
	}
	return name
}

func (r *resolved) has(name string) bool {
	if _, ok := r.values[name]; ok || r.invalid[name] {
		return true
	}
	for _, unknown := range r.unknown {
		if unknown == name {
			return true
		}
	}
	return false
}

func (r *resolved) hasAny(names ...string) bool {
	for _, name := range names {
		if r.has(name) {
			return true
		}
	}
	return false
}

// signsIn reports whether there is a credential of any kind.
func (r *resolved) signsIn() bool {
	return r.hasAny(names(byToken)...) || r.hasAny(names(bySignIn)...)
}
