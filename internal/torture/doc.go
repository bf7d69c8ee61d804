// Package torture tests what the provider leaves behind when requests fail,
// processes are killed and applies run at once, and what a suite admin can reach
// by a walk through the API: `make torture`. It holds tests only. RELIABILITY.md says what they find.
package torture
