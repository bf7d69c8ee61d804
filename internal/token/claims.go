package token

import (
	"encoding/json"
	"math"
	"time"
)

// Claims is what a verified access token says (ATM: user-credentials, decoded
// token).
type Claims struct {
	// KeyID is the kid of the key that signed it.
	KeyID    string
	Issuer   string
	Audience string
	// User is nil in a token of the client credentials grant.
	User      *User
	IssuedAt  time.Time
	ExpiresAt time.Time
}

// User is the scope claim of a user's token.
type User struct{ ID, Email, FirstName, LastName string }

// lastDate is the end of the year 9999, beyond which no time can be written.
const lastDate = 253402300799

// readClaims takes the claims of ATM's documented payload. Its errors are a
// [*Refusal].
func readClaims(claims map[string]any) (*Claims, error) {
	read := &Claims{}
	var err error
	if read.Issuer, err = textClaim(claims, "iss"); err != nil {
		return nil, err
	}
	if read.Audience, err = audienceClaim(claims); err != nil {
		return nil, err
	}
	if read.User, err = userClaim(claims); err != nil {
		return nil, err
	}
	if read.IssuedAt, err = dateClaim(claims, "iat"); err != nil {
		return nil, err
	}
	if read.ExpiresAt, err = dateClaim(claims, "exp"); err != nil {
		return nil, err
	}
	if _, given := claims["nbf"]; given {
		if _, err = dateClaim(claims, "nbf"); err != nil {
			return nil, err
		}
	}
	return read, nil
}

func textClaim(claims map[string]any, name string) (string, error) {
	text, ok := claims[name].(string)
	if !ok {
		return "", refuse(CheckClaims, "its claim %s is not a text", name)
	}
	return text, nil
}

// audienceClaim takes a list of one for the text that it holds (RFC 7519
// §4.1.3): both mean the same.
func audienceClaim(claims map[string]any) (string, error) {
	if list, ok := claims["aud"].([]any); ok && len(list) == 1 {
		claims = map[string]any{"aud": list[0]}
	}
	if text, ok := claims["aud"].(string); ok {
		return text, nil
	}
	return "", refuse(CheckClaims, "its claim aud does not name one audience")
}

// dateClaim reads a NumericDate (RFC 7519 §2).
func dateClaim(claims map[string]any, name string) (time.Time, error) {
	number, ok := claims[name].(json.Number)
	if !ok {
		return time.Time{}, refuse(CheckClaims, "its claim %s is not a number of seconds", name)
	}
	seconds, err := number.Float64()
	if err != nil || math.IsNaN(seconds) || seconds < 1 || seconds > lastDate {
		return time.Time{}, refuse(CheckClaims, "its claim %s is not a time between 1970 and 9999", name)
	}
	return time.Unix(int64(seconds), 0).UTC(), nil
}

// userClaim reads the scope claim: ATM's is an object, which is empty where the
// token has no user.
func userClaim(claims map[string]any) (*User, error) {
	scope, ok := claims["scope"].(map[string]any)
	if !ok {
		return nil, refuse(CheckClaims, "its claim scope is not an object, as ATM's is")
	}
	if len(scope) == 0 {
		return nil, nil //nolint:nilnil // a token without a user
	}
	var texts [4]string
	for i, name := range []string{"id", "email", "firstName", "lastName"} {
		if texts[i], ok = scope[name].(string); !ok {
			return nil, refuse(CheckClaims, "its claim scope.%s is not a text", name)
		}
	}
	return &User{ID: texts[0], Email: texts[1], FirstName: texts[2], LastName: texts[3]}, nil
}
