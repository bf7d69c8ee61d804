// Package observe is what an operator sees of the server: one log line for each
// request, metrics for Prometheus, and what becomes of a panic. Nothing in it is
// global: a process may run several servers, each with metrics of its own.
//
// No secret, token or password reaches a line or a label. Paths and queries are
// redacted, headers and bodies are not written down at all.
package observe
