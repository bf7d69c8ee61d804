// Command client gets a token of an application for itself, and verifies it with
// ATM's keys.
//
// What must exist before: an application of the type client_credentials. Set
// ATM_ENDPOINT, its ATM_CLIENT_ID and ATM_CLIENT_SECRET, and its id in
// ATM_APPLICATION_ID. Then: go mod init client && go mod tidy && go run .
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

func main() {
	if err := run(context.Background(), os.Getenv("ATM_ENDPOINT")); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, endpoint string) error {
	config := clientcredentials.Config{
		ClientID: os.Getenv("ATM_CLIENT_ID"), ClientSecret: os.Getenv("ATM_CLIENT_SECRET"),
		TokenURL: endpoint + "/auth/token", AuthStyle: oauth2.AuthStyleInParams,
	}
	// A long-running program keeps config.TokenSource, which gets the next token in time.
	token, err := config.Token(ctx)
	if err != nil {
		return err
	}
	keys := oidc.NewRemoteKeySet(ctx, endpoint+"/auth/.well-known/jwks.json")
	// The issuer of ATM's access tokens is the text "atm".
	verified, err := oidc.NewVerifier("atm", keys, &oidc.Config{ClientID: os.Getenv("ATM_APPLICATION_ID")}).Verify(ctx, token.AccessToken)
	if err != nil {
		return err
	}
	fmt.Println("valid until", verified.Expiry.UTC().Format(time.RFC3339))
	return nil
}
