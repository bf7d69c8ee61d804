package provider

import (
	"os"
	"strings"
)

// SkipUnreadLogs turns off what the framework logs of every step of every
// operation, where no TF_LOG variable is set: Terraform reads it all through a
// pipe, parses it and throws it away, which at a thousand objects is a third of
// the provider's time. Any TF_LOG variable leaves all as it is.
//
// Only the program may call it, before it serves.
func SkipUnreadLogs() error {
	for name, value := range unreadLogs(os.Environ()) {
		if err := os.Setenv(name, value); err != nil {
			return err
		}
	}
	return nil
}

// unreadLogs returns the variables of terraform-plugin-log that silence the
// loggers of plugin-go, of the framework and of the provider.
func unreadLogs(environ []string) map[string]string {
	for _, entry := range environ {
		if name, value, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "TF_LOG") && value != "" {
			return nil
		}
	}
	return map[string]string{
		"TF_LOG_SDK": "off", "TF_LOG_SDK_PROTO": "off", "TF_LOG_SDK_FRAMEWORK": "off", "TF_LOG_PROVIDER_ATM": "off",
	}
}
