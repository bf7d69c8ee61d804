package applicationusers

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/framework"
)

// shown bounds how many users an error names.
const shown = 20

// named names the users as a person knows them, by email address and id. Beyond
// the first few it returns only their number; where the request to ATM fails,
// it returns the ids.
func named(ctx context.Context, client *atm.Client, ids []string) []string {
	first := ids[:min(len(ids), shown)]
	emails := map[string]string{}
	users, err := client.Users(ctx, atm.ListUsersParams{Ids: &first})
	if err == nil {
		for _, user := range users {
			emails[user.Id] = user.Email
		}
	}
	names := make([]string, 0, len(first))
	for _, id := range first {
		if email, known := emails[id]; known {
			id = fmt.Sprintf("%s (%s)", email, id)
		}
		names = append(names, id)
	}
	return names
}

func more(all, named int) string {
	if all > named {
		return fmt.Sprintf("\n  and %d more", all-named)
	}
	return ""
}

// strangersError is a create that met users whom the configuration does not name.
type strangersError struct {
	application string
	users       []string
	all         int
}

func strangers(ctx context.Context, client *atm.Client, application string, ids []string) error {
	return &strangersError{application, named(ctx, client, ids), len(ids)}
}

// Error implements error.
func (e *strangersError) Error() string {
	return fmt.Sprintf("application %s has %d users that are not in users", e.application, e.all)
}

// Diagnose implements [framework.Diagnosable].
func (e *strangersError) Diagnose(diags *diag.Diagnostics) {
	detail := fmt.Sprintf("atm_application_users manages the complete list of an application's users. These are assigned to the application %q and not in users, so nothing was written:\n\n  %s%s\n\nAdd them to users.",
		e.application, strings.Join(e.users, "\n  "), more(e.all, len(e.users)))
	if block, ok := framework.ImportBlock("atm_application_users", e.application); ok {
		detail += " Or import the list, after which the plan shows them as removals:\n\n" + block
	}
	diags.AddAttributeError(path.Root(attributeUsers), "The application has other users already", detail)
}

// event is what someone else did to one user.
type event struct{ userID, what string }

// conflictError is a list that someone else changed after Terraform read it.
// It does not unwrap to ATM's 412, which would be explained attribute by
// attribute, a thousand users long.
type conflictError struct {
	application string
	lines       []string
	all         int
}

func conflict(ctx context.Context, client *atm.Client, application string, events []event) error {
	ids := make([]string, len(events))
	for i, e := range events {
		ids[i] = e.userID
	}
	lines := named(ctx, client, ids)
	for i := range lines {
		lines[i] += " was " + events[i].what
	}
	return &conflictError{application, lines, len(events)}
}

// Error implements error.
func (e *conflictError) Error() string {
	return fmt.Sprintf("application %s: %d users were changed outside Terraform", e.application, e.all)
}

// Diagnose implements [framework.Diagnosable].
func (e *conflictError) Diagnose(diags *diag.Diagnostics) {
	diags.AddAttributeError(path.Root(attributeUsers), fmt.Sprintf("atm_application_users %s was changed outside Terraform", e.application), fmt.Sprintf(
		"Changes in ATM after Terraform last read the list:\n\n  %s%s\n\nNothing was written. Run plan again to see your change against the current list.",
		strings.Join(e.lines, "\n  "), more(e.all, len(e.lines))))
}

// missingError is a list for an application that is not there.
type missingError struct {
	application string
	err         error
}

// missing turns a 404 of the application into the error of its argument.
func missing(err error, application string) error {
	if atm.IsNotFound(err) {
		return &missingError{application, err}
	}
	return err
}

// Error implements error.
func (e *missingError) Error() string { return e.err.Error() }

// Unwrap returns ATM's refusal.
func (e *missingError) Unwrap() error { return e.err }

// Diagnose implements [framework.Diagnosable].
func (e *missingError) Diagnose(diags *diag.Diagnostics) {
	diags.AddAttributeError(path.Root("application_id"), "No such application",
		fmt.Sprintf("ATM has no application %q, or the provider's user cannot see it. Use a reference to its resource or data source instead of a literal id.\n\n%v", e.application, e.err))
}
