// Package postgres lets servers keep their data in PostgreSQL. A program that
// uses testserver.WithDatabaseURL imports it for that:
//
//	import _ "github.com/tci-pf/terraform-provider-atm/testserver/postgres"
//
// It is apart so that a test which only calls testserver.Start compiles no
// database driver but SQLite's.
package postgres

import (
	"database/sql/driver"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

func init() { store.Postgres = connector }

// connector reads a connection URL. It names the database for messages,
// without the password.
func connector(databaseURL string) (_ driver.Connector, name string, err error) {
	config, err := pgx.ParseConfig(databaseURL)
	if err != nil {
		// pgx masks the password where it can parse the URL at all; where it
		// cannot, nothing of the URL is repeated.
		return nil, "", errors.New("the database URL is not one that PostgreSQL's libpq would accept")
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "atm-testserver"
	}
	name = fmt.Sprintf("PostgreSQL at %s:%d, database %q, user %q", config.Host, config.Port, config.Database, config.User)
	return stdlib.GetConnector(*config), name, nil
}
