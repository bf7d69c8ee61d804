package e2e_test

import (
	"bytes"
	"encoding/json"
	"testing"
)

// Terraform's own time grows with the state: for a thousand objects, it is most
// of a plan.
func TestState_SizeOfAnApplication(t *testing.T) {
	w := open(t, worker(""))
	w.must("apply", "-auto-approve")
	var state struct {
		Resources []struct {
			Type      string
			Instances []json.RawMessage
		}
	}
	if err := json.Unmarshal([]byte(w.read("terraform.tfstate")), &state); err != nil {
		t.Fatal(err)
	}
	for _, resource := range state.Resources {
		if resource.Type != "atm_application" {
			continue
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, resource.Instances[0]); err != nil {
			t.Fatal(err)
		}
		t.Logf("%d bytes, %d as Terraform indents them", compact.Len(), len(resource.Instances[0]))
		if most := 1400; compact.Len() > most {
			t.Errorf("the instance has %d bytes, want at most %d: %s", compact.Len(), most, &compact)
		}
		return
	}
	t.Error("the state has no application")
}
