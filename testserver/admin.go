package testserver

import (
	"context"
	"errors"
	"log/slog"
)

// Admin is the super admin's way in: the endpoint, the client id and secret of
// an application of the User Credentials type that has management access, and
// the login id of a super admin who is assigned to it. They live in a suite and
// a project named atm-administration.
//
// It prints without the secret.
type Admin struct {
	// Endpoint is Server.URL.
	Endpoint string
	// ClientID has 20 letters and digits where it was made up.
	ClientID string
	// ClientSecret has 32 letters and digits where it was made up, and 32 to
	// 128 printable ASCII characters where it was given. It is empty where the
	// store held an administrator already and no secret was given.
	ClientSecret string
	// LoginID is the user's email address.
	LoginID string

	server *Server
}

// Admin returns the administrator's credentials.
func (s *Server) Admin() Admin {
	c := s.admin.Load()
	return Admin{Endpoint: s.URL, ClientID: c.ClientID, ClientSecret: c.ClientSecret, LoginID: c.LoginID, server: s}
}

// Token returns a new access token of the administrator, for the management
// API. It is issued inside the server: no fault meets it and the journal does
// not count it.
func (a Admin) Token(ctx context.Context) (string, error) {
	if a.server == nil {
		return "", errors.New("testserver: this Admin is not one that Server.Admin returned")
	}
	return a.server.adminToken(ctx)
}

// Environ returns the credentials as the provider's environment variables
// (ATM_ENDPOINT=…), to append to the environment of a process.
func (a Admin) Environ() []string {
	return []string{
		"ATM_ENDPOINT=" + a.Endpoint, "ATM_CLIENT_ID=" + a.ClientID,
		"ATM_CLIENT_SECRET=" + a.ClientSecret, "ATM_LOGIN_ID=" + a.LoginID,
	}
}

// String leaves out the secret.
func (a Admin) String() string {
	return "administrator " + a.LoginID + " by application " + a.ClientID + " at " + a.Endpoint
}

// GoString leaves out the secret.
func (a Admin) GoString() string { return "testserver.Admin{" + a.String() + "}" }

// LogValue leaves out the secret.
func (a Admin) LogValue() slog.Value { return slog.StringValue(a.String()) }
