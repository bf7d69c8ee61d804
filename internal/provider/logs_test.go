package provider

import "testing"

func TestUnreadLogs_StayWithALogVariable(t *testing.T) {
	t.Parallel()
	for _, asked := range []string{"TF_LOG=INFO", "TF_LOG_PROVIDER=trace", "TF_LOG_SDK_PROTO=debug", "TF_LOG_PATH=log"} {
		if got := unreadLogs([]string{"HOME=/", asked}); len(got) != 0 {
			t.Errorf("with %s: %v", asked, got)
		}
	}
	for _, environ := range [][]string{nil, {"TF_LOG="}, {"TF_VAR_TF_LOG=1", "TF_CLI_ARGS=-no-color"}} {
		if got := unreadLogs(environ); got["TF_LOG_SDK"] != "off" || got["TF_LOG_PROVIDER_ATM"] != "off" {
			t.Errorf("with %v: %v", environ, got)
		}
	}
}
