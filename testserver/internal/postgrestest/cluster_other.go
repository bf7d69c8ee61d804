//go:build !unix

package postgrestest

// cluster is never made: there is no way here to tie a server's life to this
// process. ATM_TEST_DATABASE_URL names one.
type cluster struct{ url string }

func startCluster() (*cluster, error) { return nil, errNone }

func (*cluster) await() error      { return errNone }
func (*cluster) tell(string) error { return errNone }
func (*cluster) stop() error       { return nil }
