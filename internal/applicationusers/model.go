package applicationusers

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
)

type model struct {
	ID            types.String   `tfsdk:"id"`
	ApplicationID types.String   `tfsdk:"application_id"`
	Users         types.List     `tfsdk:"users"` // on the wire a set: see Users
	Timeouts      timeouts.Value `tfsdk:"timeouts"`
}

var userType = types.ObjectType{AttrTypes: map[string]attr.Type{"user_id": types.StringType, "enabled": types.BoolType}}

func user(id types.String, enabled types.Bool) attr.Value {
	return types.ObjectValueMust(userType.AttrTypes, map[string]attr.Value{"user_id": id, "enabled": enabled})
}

// members are users of an application by their ids, and whether each is enabled.
type members map[string]bool

// membersOf reads a known list.
func membersOf(list types.List) (members, error) {
	out := make(members, len(list.Elements()))
	for _, element := range list.Elements() {
		id, enabled, err := parts(element)
		if err != nil {
			return nil, err
		}
		out[id.ValueString()] = enabled.ValueBool()
	}
	return out, nil
}

func parts(element attr.Value) (types.String, types.Bool, error) {
	object, ok := element.(types.Object)
	if !ok {
		return types.String{}, types.Bool{}, fmt.Errorf("users contains a %T; this is a fault of the provider", element)
	}
	id, isString := object.Attributes()["user_id"].(types.String)
	enabled, isBool := object.Attributes()["enabled"].(types.Bool)
	if !object.IsUnknown() && (!isString || !isBool) {
		return id, enabled, fmt.Errorf("users contains %s; this is a fault of the provider", object)
	}
	return id, enabled, nil
}

func (m members) list() types.List {
	elements := make([]attr.Value, 0, len(m))
	for _, id := range m.ids() {
		elements = append(elements, user(types.StringValue(id), types.BoolValue(m[id])))
	}
	return types.ListValueMust(userType, elements)
}

func (m members) ids() []string { return slices.Sorted(maps.Keys(m)) }

func (m members) equal(other members) bool { return maps.Equal(m, other) }

// without are the ids that other lacks.
func (m members) without(other members) []string {
	return slices.DeleteFunc(m.ids(), func(id string) bool {
		_, also := other[id]
		return also
	})
}

// assignments are an application's, by user id.
type assignments map[string]*atm.ApplicationUser

// assigned lists an application's users. An application without users and one
// that does not exist or that the caller cannot see list the same, so an empty
// list counts only once the application itself has been read. An application
// that ATM does not find is an error that [atm.IsNotFound] knows.
func assigned(ctx context.Context, client *atm.Client, application string) (assignments, error) {
	now, err := list(ctx, client, application)
	if err == nil && len(now) == 0 {
		_, err = client.RefreshApplication(ctx, application, atm.Scope{})
	}
	return now, err
}

// list is [assigned] where what follows tells whether there is an application.
func list(ctx context.Context, client *atm.Client, application string) (assignments, error) {
	items, err := client.ApplicationUsers(ctx, atm.ListApplicationUsersParams{ApplicationIds: &[]string{application}})
	if err != nil {
		return nil, err
	}
	out := make(assignments, len(items))
	for i := range items {
		out[items[i].UserId] = &items[i]
	}
	return out, nil
}

func (a assignments) members() members {
	out := make(members, len(a))
	for id, assignment := range a {
		out[id] = assignment.Enabled
	}
	return out
}
