package strictjson_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/internal/strictjson"
)

func TestObject(t *testing.T) {
	t.Parallel()
	got, err := strictjson.Object([]byte(`{"a": {"a": 18446744073709551616}, "A": [true, null]}`), 2)
	if err != nil {
		t.Fatal(err)
	}
	inner, _ := got["a"].(map[string]any)
	if inner["a"] != json.Number("18446744073709551616") || len(got) != 2 {
		t.Errorf("got %v", got)
	}
}

func TestObject_Refuses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ text, want string }{
		"nothing":                  {``, "not a JSON object"},
		"null":                     {`null`, "not a JSON object"},
		"an array":                 {`[]`, "not a JSON object"},
		"a string":                 {`"secret"`, "not a JSON object"},
		"two objects":              {`{}{}`, "nothing else"},
		"half an object":           {`{"secret": 1`, "not valid JSON"},
		"text that is not UTF-8":   {"{\"secret\": \"\xff\"}", "not valid JSON"},
		"a half surrogate":         {`{"secret": "\ud800"}`, "not valid JSON"},
		"a name twice":             {`{"secret": 1, "secret": 2}`, "twice"},
		"a name twice, escaped":    {`{"secret": 1, "\u0073ecret": 2}`, "twice"},
		"a name twice, below":      {`{"a": [{"secret": 1, "secret": 2}]}`, "twice"},
		"nesting beyond the limit": {strings.Repeat(`{"secret":`, 5) + `1` + strings.Repeat(`}`, 5), "4 levels"},
		"nesting without end":      {strings.Repeat(`{"a":[`, 1<<16), "4 levels"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := strictjson.Object([]byte(test.text), 4)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got error %v, want one that says %q", err, test.want)
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("the error quotes the text: %v", err)
			}
		})
	}
}
