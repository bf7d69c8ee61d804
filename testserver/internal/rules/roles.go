package rules

import "github.com/tci-pf/terraform-provider-atm/internal/validation"

// Roles of users, as the management API spells them.
const (
	SuperAdmin = validation.RoleSuperAdmin
	SuiteAdmin = validation.RoleSuiteAdmin
	SystemUser = validation.RoleSystemUser
)
