package token

import (
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tci-pf/terraform-provider-atm/internal/atm/assertion"
)

// byAssertion is the client_authentication of an application without a secret.
const byAssertion = "assertion"

// authentication are the arguments with which every form of atm_token can
// authenticate its application instead of a client secret.
type authentication struct {
	Method        types.String `tfsdk:"client_authentication"`
	Assertion     types.String `tfsdk:"client_assertion"`
	AssertionFile types.String `tfsdk:"client_assertion_file"`
	KeyPEM        types.String `tfsdk:"client_private_key_pem"`
	KeyFile       types.String `tfsdk:"client_private_key_file"`
	KeyID         types.String `tfsdk:"client_private_key_id"`
}

// proof is what an [authentication] says, in the form in which an ephemeral
// resource keeps it until it is closed.
type proof struct {
	Method        string `json:"client_authentication,omitempty"`
	Assertion     string `json:"client_assertion,omitempty"`
	AssertionFile string `json:"client_assertion_file,omitempty"`
	KeyPEM        string `json:"client_private_key_pem,omitempty"`
	KeyFile       string `json:"client_private_key_file,omitempty"`
	KeyID         string `json:"client_private_key_id,omitempty"`
}

func (a authentication) proof() proof {
	return proof{
		Method: a.Method.ValueString(), Assertion: a.Assertion.ValueString(), AssertionFile: a.AssertionFile.ValueString(),
		KeyPEM: a.KeyPEM.ValueString(), KeyFile: a.KeyFile.ValueString(), KeyID: a.KeyID.ValueString(),
	}
}

// given reports whether there is an assertion, or a way to one.
func (p proof) given() bool {
	return p.Method == byAssertion || p.Assertion != "" || p.AssertionFile != "" || p.KeyPEM != "" || p.KeyFile != ""
}

// source is where the assertions come from, and the argument that says so; nil for
// a client secret. Without an argument of its own it is the first source of the
// environment, or the error says what each lacked.
func (p proof) source(s assertion.Settings, clientID string) (source *assertion.Source, argument string, err error) {
	key := assertion.Key{PEM: p.KeyPEM, File: p.KeyFile, ID: p.KeyID, ClientID: clientID}
	switch {
	case p.Assertion != "":
		return s.Value("client_assertion", p.Assertion), "client_assertion", nil
	case p.AssertionFile != "":
		return s.File("client_assertion_file", p.AssertionFile), "client_assertion_file", nil
	case p.KeyPEM != "":
		return s.PrivateKey("client_private_key_pem", key), "client_private_key_pem", nil
	case p.KeyFile != "":
		return s.PrivateKey("client_private_key_file", key), "client_private_key_file", nil
	case p.Method == byAssertion:
		source, err = s.Find()
		return source, "client_authentication", err
	}
	return nil, "", nil
}
