// Package e2e holds the tests that need the built program and a Terraform that
// starts it: processes that are killed, plan files, logs, generated
// configuration, the examples. Everything else is tested beside its framework.
package e2e
