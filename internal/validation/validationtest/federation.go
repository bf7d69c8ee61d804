package validationtest

import "strings"

// Issuers are those of federated credentials, without a judgment of http.
func Issuers() []Case {
	return all(
		good("https://token.actions.githubusercontent.com", "https://gitlab.example.com/", "https://Issuer.example.com:8443/a/b",
			"http://127.0.0.1:8080", "https://[::1]", "https://vstoken.dev.azure.com/6a1c", "https://a.example/"+strings.Repeat("a", 494)),
		bad("did you mean https://gitlab.example.com?", "gitlab.example.com"),
		bad("must be an https URL", "", "octo", "ftp://a.example", "//a.example", "urn:a:b", "spiffe://a.example"),
		bad("user or password", "https://u@a.example", "https://u:p@a.example"),
		bad("fragment", "https://a.example#", "https://a.example/#x"),
		bad("query", "https://a.example?", "https://a.example/?secret=1"),
		bad("must name a host", "https://", "https:///a", "https://*.example"),
		bad("printable ASCII", "https://a.example/ü", "https://a.example ", "https://a.example\\b"),
		bad("at most 512 characters", "https://a.example/"+strings.Repeat("a", 495)),
	)
}

// JWKSURIs are the URLs of issuers' keys, without a judgment of http.
func JWKSURIs() []Case {
	return all(
		good("https://a.example/jwks", "https://a.example/keys?p=policy", "http://localhost:8080/jwks"),
		bad("must be an https URL", "", "file:///etc/passwd"),
		bad("user or password", "https://u@a.example/jwks"),
		bad("fragment", "https://a.example/jwks#x"),
		bad("at most 2048 characters", "https://a.example/"+strings.Repeat("a", 2048)),
	)
}

// Subjects are exact, or patterns.
func Subjects() []Case {
	return all(
		good("repo:octo/shop:ref:refs/heads/main", "repo:octo/shop:environment:prod", "a", "repo:octo/*", "repo:octo/shop:*",
			"organization:acme:*", "organization:acme:project:shop:workspace:*", "project_path:group/*", "system:serviceaccount:ns:*",
			"system:serviceaccount:ns:name", "repo:octo@1/shop@2:*", "ü b", strings.Repeat("a", 1024)),
		bad("at least an owner or a namespace", "repo:*", "organization:*", "system:serviceaccount:*", "system:*", ":/*", "repo::*", "/a/*",
			"system:serviceaccount::*"),
		bad("except at its end", "a*b", "repo:*/shop", "*:a:b", "repo:octo/**", "a:b:*:*"),
		bad("colon or a slash", "*", "repo*", "repo:octo*", "repo:octo/shop*"),
		bad("must not be empty", ""),
		bad("control characters", "a\nb", "a\x00"),
		bad("UTF-8", "a\xff"),
		bad("at most 1024 characters", strings.Repeat("a", 1025)),
	)
}

// Audiences are those of federated credentials.
func Audiences() []Case {
	return all(
		good("https://atm.example.com", "api://AzureADTokenExchange", "a b"),
		bad("must not be empty", ""),
		bad("control characters", "a\tb"),
		bad("at most 600 characters", strings.Repeat("a", 601)),
	)
}

// Keys in PEM, made for this corpus.
const (
	// P256PEM is the public key of an application.
	P256PEM = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEmqIyUH2wwMDXs2sSnxszc4MeffRO
qd9eZmMlfo+WGCAuwh0uZESsS47UrjNMB06CA2pRC4I81ZsHIQo99a2qSQ==
-----END PUBLIC KEY-----
`
	// Ed25519PEM is another one.
	Ed25519PEM = `-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEA/WO13affL0PVeaPMxSPV8bBrudwA2XT8V6Wy9qv7ZRE=
-----END PUBLIC KEY-----
`
)

// PublicKeys are those of applications, in PEM.
func PublicKeys() []Case {
	return all(
		good(P256PEM, Ed25519PEM, rsa2048PEM, "\n"+P256PEM, strings.ReplaceAll(P256PEM, "\n", "\r\n")),
		bad("private one", privatePEM, P256PEM+privatePEM),
		bad("between 2048 and 8192 bits", rsa1024PEM),
		bad("RSA, P-256 or Ed25519", p384PEM),
		bad("must be one public key in PEM", "", "secret", P256PEM+Ed25519PEM, "x"+P256PEM, P256PEM+"x",
			strings.ReplaceAll(P256PEM, "PUBLIC KEY", "CERTIFICATE")),
		bad("whose content can be read", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"),
		bad("at most 4096 characters", P256PEM+strings.Repeat(" ", 4096)),
	)
}

const (
	rsa2048PEM = `-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAwm286VHN/NwQtdeWnFgU
Io+fQ0Ug17AqcR46Ve6vg09NnbdCBf+y/y50cqbIZK+K69gqJV8YGDl1x5ayw01n
UrjaR01/Ojh+aTg2n9OlpU75jNYXVp3Bu0HcwC3HyX8hd7ZVRZ+ul51iPTLefD6z
ytKpquFDqzXgyWnSSMVDkKuDTvh211RbW6oBBFlOairNR0b2qRBhclkpuTqhIkcF
c85yN3bSni77dBS0ncTZTWMUlbMpFus3/hxHB6jZcsdM1j4VQh15PSdAXDO5pfai
Vz1/toDI/ZGEs3ilN3HqUGzYdBqKY24Rhh2FaThePefOp3INrKBsj7mKVK16g2wi
XQIDAQAB
-----END PUBLIC KEY-----
`
	rsa1024PEM = `-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDKDAVDwz/hpJjAD3l8WB2GBSt5
4/t9OKeeTlw/IjYbeRIenI/GO46D3fqwhgWMwv+pafw42PzlOPCXQQnXIguqjHRR
4S2yM1yJh8W5UpEZMv/BNjmHEZhcJOp/5w1wRaNFUjhT5MGTCWDTTCnfXeNdLDWt
Fohv/+QputTKaOt+oQIDAQAB
-----END PUBLIC KEY-----
`
	p384PEM = `-----BEGIN PUBLIC KEY-----
MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAErS8EidQaOOks0rBFjPb9OmteawGip0gS
ecLG7viLpwdwYFn27SJjHlb9nn9bQZvfd2am3aKzw/9iPyiz/B0f/bz3Uak0rv1m
2Hq6b9RzPAzl+/soSzpQ/GUM+MCsHFca
-----END PUBLIC KEY-----
`
	privatePEM = "-----BEGIN PRIVATE KEY-----\nMC4=\n-----END PRIVATE KEY-----\n"
)
