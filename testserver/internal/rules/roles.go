package rules

// Roles of users, as the management API spells them.
const (
	SuperAdmin = "super_admin"
	SuiteAdmin = "suite_admin"
	SystemUser = "system_user"
)

// Roles lists all of them.
func Roles() []string { return []string{SuperAdmin, SuiteAdmin, SystemUser} }
