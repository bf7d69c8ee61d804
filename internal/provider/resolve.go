package provider

import (
	"encoding/json"
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

// resolved is each setting's value as text, from the block or else from its
// variable.
type resolved struct {
	values  map[string]string
	fromEnv map[string]bool
	headers map[string]string
	// unknown names the settings that have a value which is not known yet.
	unknown []string
}

// resolve takes each setting by itself, block before environment. What the
// block names of a method, or of a group of settings that say the same thing,
// discards the variables of the others; a value that is not known yet names
// its setting like any other and never falls back to the environment.
func (b block) resolve(lookup func(string) (string, bool), diags *diag.Diagnostics) resolved {
	r := resolved{values: map[string]string{}, fromEnv: map[string]bool{}}
	for _, s := range settings {
		if value, ok := b[s.name]; ok {
			r.take(s, value, diags)
			continue
		}
		if b.discards(s) {
			continue
		}
		if value, ok := lookup(s.env()); ok {
			r.values[s.name], r.fromEnv[s.name] = value, true
		}
	}
	r.checkEnvironment(diags)
	r.readHeaders(diags)
	return r
}

// discards reports whether the block says in another way what s would say.
func (b block) discards(s setting) bool {
	others := b.names(func(other setting) bool {
		return other.method != anyMethod && s.method != anyMethod && other.method != s.method ||
			other.group != "" && other.group == s.group
	})
	return len(others) > 0
}

func (r *resolved) take(s setting, value attr.Value, diags *diag.Diagnostics) {
	if value.IsUnknown() {
		r.unknown = append(r.unknown, s.name)
		return
	}
	switch value := value.(type) {
	case types.String:
		if value.ValueString() == "" {
			diags.AddAttributeError(path.Root(s.name), "Empty provider setting "+s.name,
				fmt.Sprintf("%s is an empty string. Give a value, or leave it out (null) to use %s.", s.name, s.env()))
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

// checkEnvironment finds variables of two methods, or two variables that say
// the same thing.
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
		diags.AddError("Two ways to sign in in the environment",
			fmt.Sprintf("%s gives a ready access token, and %s signs in for one. Unset one of the two, or choose in the provider block.", join(tokens), join(signIns)))
	}
	for _, group := range groups() {
		if twice := both(func(s setting) bool { return s.group == group }); len(twice) > 1 {
			diags.AddError("Two variables for one setting", fmt.Sprintf("%s say the same thing. Unset one of the two.", join(twice)))
		}
	}
}

func (r *resolved) readHeaders(diags *diag.Diagnostics) {
	raw, ok := r.values["headers"]
	if !ok {
		return
	}
	if err := json.Unmarshal([]byte(raw), &r.headers); err != nil {
		diags.AddAttributeError(path.Root("headers"), "Wrong provider setting headers",
			`headers (from ATM_HEADERS) is not a JSON object of strings, such as {"X-Gateway-Key":"…"}.`)
	}
}

// origin says where a setting's value came from, when that is not the block.
func (r resolved) origin(name string) string {
	if r.fromEnv[name] {
		return " (from ATM_" + strings.ToUpper(name) + ")"
	}
	return ""
}

// given returns the setting that gave the value of name: itself or its _file.
func (r resolved) given(name string) string {
	file := strings.TrimSuffix(name, "_pem") + "_file"
	if _, ok := r.values[name]; !ok {
		if _, ok := r.values[file]; ok {
			return file
		}
	}
	return name
}

func (r resolved) has(name string) bool {
	if _, ok := r.values[name]; ok {
		return true
	}
	for _, unknown := range r.unknown {
		if unknown == name {
			return true
		}
	}
	return false
}

func (r resolved) hasAny(names ...string) bool {
	for _, name := range names {
		if r.has(name) {
			return true
		}
	}
	return false
}

// signsIn reports whether there is a credential of any kind.
func (r resolved) signsIn() bool {
	return r.hasAny("access_token", "access_token_file", "client_id", "client_secret", "client_secret_file", "login_id")
}
