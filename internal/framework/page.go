package framework

import "strings"

// What [Page] says of the role, where several types need the same.
const (
	RoleManages = "a super admin, or a suite admin in its own suite."
	RoleReads   = "any. A super admin sees everything, a suite admin its own suite, a system user its own project."
	RoleNone    = "none. The provider does not sign in: `endpoint` is enough."
)

// Page is the description of a type, with which its page begins: its purpose, a
// sentence that begins with a verb; the role that the provider's user needs; what
// is in the state afterwards; and further paragraphs.
func Page(purpose, role, state string, more ...string) string {
	return strings.Join(append([]string{purpose, "**Role:** " + role, "**State:** " + state}, more...), "\n\n")
}
