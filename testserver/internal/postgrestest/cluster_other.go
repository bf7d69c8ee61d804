//go:build !unix

package postgrestest

// startCluster has no way to tie a server's life to this process here:
// ATM_TEST_DATABASE_URL names one.
func startCluster() (string, error) { return "", errNone }
