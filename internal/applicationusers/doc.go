// Package applicationusers is the Terraform noun atm_application_users: the
// complete list of one application's users, in a few requests however long
// it is.
package applicationusers
