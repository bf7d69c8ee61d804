package applicationusers

import (
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

const (
	attributeUsers = "users"

	docUsers   = "All users of the application, each once. An empty set means that no user is assigned."
	docUserID  = "The user's id, of the same suite unless the provider signs in as a super admin."
	docEnabled = "Whether the user gets tokens of the application (the toggle of the console). Default: `true`. `false` is allowed only for applications of the *User Credentials Flow*. Disabling or removing a user ends the user's token families at the application."
)

// Unfold shows Terraform in the schema of atm_application_users what it is: a
// set of nested objects. Inside the framework users is a list, which looks the
// same in every message, since a set is sent as its elements in some order.
// The framework compares each element of a set with each other at every step:
// with a thousand users that took minutes.
func Unfold(block *tfprotov6.SchemaBlock) {
	for i, a := range block.Attributes {
		if a.Name != attributeUsers {
			continue
		}
		nested := *a
		nested.Type = nil
		nested.NestedType = &tfprotov6.SchemaObject{
			Nesting: tfprotov6.SchemaObjectNestingModeSet,
			Attributes: []*tfprotov6.SchemaAttribute{
				{Name: "enabled", Type: tftypes.Bool, Optional: true, Computed: true, Description: docEnabled, DescriptionKind: tfprotov6.StringKindMarkdown},
				{Name: "user_id", Type: tftypes.String, Required: true, Description: docUserID, DescriptionKind: tfprotov6.StringKindMarkdown},
			},
		}
		block.Attributes[i] = &nested
	}
}
