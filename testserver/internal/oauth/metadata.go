package oauth

import (
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/federation"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/keys"
)

// metadata describes the server (RFC 8414 §2, OpenID Connect Discovery 1.0 §3,
// RP-Initiated Logout 1.0 §2.1).
type metadata struct {
	Issuer                   string   `json:"issuer"`
	AuthorizationEndpoint    string   `json:"authorization_endpoint"`
	TokenEndpoint            string   `json:"token_endpoint"`
	JWKSURI                  string   `json:"jwks_uri"`
	RevocationEndpoint       string   `json:"revocation_endpoint"`
	IntrospectionEndpoint    string   `json:"introspection_endpoint"`
	UserInfoEndpoint         string   `json:"userinfo_endpoint"`
	EndSessionEndpoint       string   `json:"end_session_endpoint"`
	ResponseTypes            []string `json:"response_types_supported"`
	ResponseModes            []string `json:"response_modes_supported"`
	GrantTypes               []string `json:"grant_types_supported"`
	CodeChallengeMethods     []string `json:"code_challenge_methods_supported"`
	TokenAuthMethods         []string `json:"token_endpoint_auth_methods_supported"`
	RevocationAuthMethods    []string `json:"revocation_endpoint_auth_methods_supported"`
	IntrospectionAuthMethods []string `json:"introspection_endpoint_auth_methods_supported"`
	// Signature algorithms of private_key_jwt.
	TokenAuthAlgorithms         []string `json:"token_endpoint_auth_signing_alg_values_supported"`
	RevocationAuthAlgorithms    []string `json:"revocation_endpoint_auth_signing_alg_values_supported"`
	IntrospectionAuthAlgorithms []string `json:"introspection_endpoint_auth_signing_alg_values_supported"`
	SubjectTypes                []string `json:"subject_types_supported"`
	IDTokenAlgorithms           []string `json:"id_token_signing_alg_values_supported"`
	Scopes                      []string `json:"scopes_supported"`
	Claims                      []string `json:"claims_supported"`
	RequestURIParameter         bool     `json:"request_uri_parameter_supported"`
	// ResponseIssuer is RFC 9207 §3.
	ResponseIssuer bool `json:"authorization_response_iss_parameter_supported"`
}

// Metadata serves the server's metadata; the document is one for RFC 8414 and
// OpenID Connect Discovery.
func (s *Server) Metadata() http.Handler {
	return publicDocument(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if refuseAllButGet(w, r) {
			return
		}
		body, err := json.Marshal(s.metadata())
		if err != nil {
			panic(err) // only strings: cannot fail
		}
		header := w.Header()
		header.Set("Content-Type", "application/json")
		header.Set("Cache-Control", "public, max-age=60")
		header.Set("Content-Length", strconv.Itoa(len(body)))
		if r.Method == http.MethodGet {
			_, _ = w.Write(body) // a caller that is gone is not the server's error
		}
	}))
}

func (s *Server) metadata() metadata {
	issuer := s.issuer()
	methods := []string{"client_secret_basic", "client_secret_post", "private_key_jwt"}
	allMethods := append(methods[:len(methods):len(methods)], "none")
	return metadata{
		Issuer:                issuer,
		AuthorizationEndpoint: issuer + PathAuthorize,
		TokenEndpoint:         issuer + PathToken,
		JWKSURI:               issuer + PathJWKS,
		RevocationEndpoint:    issuer + PathRevoke,
		IntrospectionEndpoint: issuer + PathIntrospect,
		UserInfoEndpoint:      issuer + PathUserInfo,
		EndSessionEndpoint:    issuer + PathLogout,
		ResponseTypes:         []string{"code"},
		ResponseModes:         []string{responseModeQuery, responseModeFormPost},
		GrantTypes: []string{
			grantAuthorizationCode, grantRefreshToken, grantClientCredentials, grantUserCredentials,
		},
		CodeChallengeMethods:     []string{methodS256},
		TokenAuthMethods:         allMethods,
		RevocationAuthMethods:    allMethods,
		IntrospectionAuthMethods: methods,

		TokenAuthAlgorithms:         federation.Algorithms(),
		RevocationAuthAlgorithms:    federation.Algorithms(),
		IntrospectionAuthAlgorithms: federation.Algorithms(),
		SubjectTypes:                []string{"public"},
		IDTokenAlgorithms:           []string{keys.Algorithm},
		Scopes:                      []string{"openid", "email", "profile", "offline_access"},
		Claims: []string{
			"iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "sid", "at_hash",
			"email", "email_verified", "preferred_username", "name", "given_name", "family_name",
		},
		ResponseIssuer: true,
	}
}
