package application

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	datasource "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tci-pf/terraform-provider-atm/internal/validation"
)

const (
	attrCredentials = "federated_credentials"
	attrKeys        = "public_keys"
)

// docs are the descriptions that resource and data sources share.
var (
	docCredential = map[string]string{
		"name":       "The name (1–100 characters), unique in the application.",
		"issuer":     "The `iss` of the tokens: an https URL (at most 512 characters) without user, query and fragment, and not ATM itself.",
		"subject":    "The `sub` of the tokens (1–1,024 characters). A `*` at the end, after `:` or `/` and at least two parts, stands for the rest, as in `repo:octo/shop:environment:*`.",
		"audience":   "The only `aud` of the tokens (1–600 characters).",
		"claims":     fmt.Sprintf("At most %d more claims that a token must have, and their values (at most 1,024 characters). A claim of a token is a string, a number or a Boolean.", validation.MaxClaims),
		"login_ids":  "The users that can sign in with these tokens, by email address.",
		"jwks_uri":   "The https URL of the issuer's keys (JWKS; at most 2,048 characters).",
		"single_use": "Whether each token is valid once, by its `jti`, which it must have.",
	}
	docKey = map[string]string{
		"kid": "The `kid` of the assertions (1–256 characters). A key without one fits any `kid`.",
		"pem": fmt.Sprintf("The public key in PEM (`BEGIN PUBLIC KEY`, at most 4,096 characters): RSA with %d to %d bits, P-256 or Ed25519. A private key is refused.", validation.MinRSABits, validation.MaxRSABits),
	}
)

func credentialAttributes() map[string]schema.Attribute {
	// The framework looks for required attributes of an element even while the
	// element is unknown, so that validateCredentials and validateKeys do it.
	required := func(doc string) schema.Attribute {
		return schema.StringAttribute{Optional: true, MarkdownDescription: "Required. " + doc}
	}
	optional := func(doc string) schema.Attribute {
		return schema.StringAttribute{Optional: true, MarkdownDescription: doc}
	}
	return map[string]schema.Attribute{
		attrCredentials: schema.SetNestedAttribute{
			Optional: true,
			MarkdownDescription: fmt.Sprintf("Trust in the tokens of OpenID Connect issuers, such as CI systems, at most %d: a pipeline with a token that fits signs in as the application without a secret.", validation.MaxFederatedCredentials) +
				" ATM compares all values byte for byte. Names are unique, and so are issuer, subject, audience and claims together. Not allowed if `client_authentication` is `none`.",
			Validators: []validator.Set{setvalidator.NoNullValues(), setvalidator.SizeAtMost(validation.MaxFederatedCredentials)},
			NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				"name": required(docCredential["name"]), "issuer": required(docCredential["issuer"]), "audience": required(docCredential["audience"]),
				"subject": required(docCredential["subject"] + " Not allowed are `repo:*`, `organization:*`, `system:serviceaccount:*`, and `*` in another place."),
				"claims":  schema.MapAttribute{Optional: true, ElementType: types.StringType, MarkdownDescription: docCredential["claims"]},
				"login_ids": schema.SetAttribute{
					Optional: true, ElementType: types.StringType,
					MarkdownDescription: docCredential["login_ids"] + fmt.Sprintf(" At least 1 and at most %d. Default: every enabled user of the application.", validation.MaxLoginIDs),
				},
				"jwks_uri":   optional(docCredential["jwks_uri"] + " Default: the one that `issuer` + `/.well-known/openid-configuration` names."),
				"single_use": schema.BoolAttribute{Optional: true, MarkdownDescription: docCredential["single_use"] + " Default: `false`, because CI systems use a token several times within a job."},
			}},
		},
		attrKeys: schema.SetNestedAttribute{
			Optional: true,
			MarkdownDescription: fmt.Sprintf("Keys with which the application signs assertions itself (`private_key_jwt`, OpenID Connect Core §9), at most %d: during a rotation, the old and the new one.", validation.MaxPublicKeys) +
				" Not allowed if `client_authentication` is `none`.",
			Validators: []validator.Set{setvalidator.NoNullValues(), setvalidator.SizeAtMost(validation.MaxPublicKeys)},
			NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				"kid": optional(docKey["kid"] + " Unique in the application."), "pem": required(docKey["pem"]),
			}},
		},
	}
}

// credentialRecords are what data sources tell of the same.
func credentialRecords() map[string]datasource.Attribute {
	text := func(doc string) datasource.Attribute {
		return datasource.StringAttribute{Computed: true, MarkdownDescription: doc}
	}
	return map[string]datasource.Attribute{
		attrCredentials: datasource.SetNestedAttribute{
			Computed: true, MarkdownDescription: "The OpenID Connect issuers, such as CI systems, whose tokens authenticate the application.",
			NestedObject: datasource.NestedAttributeObject{Attributes: map[string]datasource.Attribute{
				"name": text(docCredential["name"]), "issuer": text(docCredential["issuer"]), "audience": text(docCredential["audience"]),
				"subject": text(docCredential["subject"]), "jwks_uri": text(docCredential["jwks_uri"] + " Null: the one that `issuer` + `/.well-known/openid-configuration` names."),
				"claims":     datasource.MapAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: docCredential["claims"] + " Null if there are none."},
				"login_ids":  datasource.SetAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: docCredential["login_ids"] + " Null: every enabled user of the application."},
				"single_use": datasource.BoolAttribute{Computed: true, MarkdownDescription: docCredential["single_use"]},
			}},
		},
		attrKeys: datasource.SetNestedAttribute{
			Computed: true, MarkdownDescription: "The keys with which the application signs assertions itself (`private_key_jwt`).",
			NestedObject: datasource.NestedAttributeObject{Attributes: map[string]datasource.Attribute{
				"kid": text(docKey["kid"]), "pem": text("The public key in PEM."),
			}},
		},
	}
}
