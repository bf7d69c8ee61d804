package strictjson_test

import (
	"errors"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/internal/strictjson"
)

func TestUnmarshalKnown_SaysWhatIsWrongAndWhere(t *testing.T) {
	t.Parallel()
	kinds := []error{strictjson.ErrDuplicateName, strictjson.ErrUnknownName, strictjson.ErrType, strictjson.ErrTruncated}
	for name, test := range map[string]struct {
		text, pointer string
		kind          error // nil: not JSON
	}{
		"a name twice":             {`{"a":{"b":1,"b":2}}`, "/a/b", strictjson.ErrDuplicateName},
		"a name twice, unknown":    {`{"x":1,"x":2}`, "/x", strictjson.ErrUnknownName},
		"an unknown name":          {`{"a":{"c":1}}`, "/a/c", strictjson.ErrUnknownName},
		"another letter case":      {`{"A":{}}`, "/A", strictjson.ErrUnknownName},
		"a wrong type":             {`{"a":{"b":"x"}}`, "/a/b", strictjson.ErrType},
		"an array":                 {`[]`, "", strictjson.ErrType},
		"half an object":           {`{"a":{"b":1`, "/a", strictjson.ErrTruncated},
		"nothing":                  {``, "", strictjson.ErrTruncated},
		"two values":               {`{}{}`, "", nil},
		"text that is not UTF-8":   {"{\"a\":{\"b\":\"\xff\"}}", "/a/b", nil},
		"JavaScript, but not JSON": {`{a:1}`, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var into struct {
				A struct {
					B int `json:"b"`
				} `json:"a"`
			}
			err := strictjson.UnmarshalKnown([]byte(test.text), &into)
			var where *strictjson.Error
			if !errors.As(err, &where) {
				t.Fatalf("got %v", err)
			}
			if where.Pointer != test.pointer {
				t.Errorf("at %q, want %q: %v", where.Pointer, test.pointer, err)
			}
			for _, kind := range kinds {
				if is, want := errors.Is(err, kind), test.kind != nil && errors.Is(test.kind, kind); is != want {
					t.Errorf("is %v: %t (%v)", kind, is, err)
				}
			}
		})
	}
}

func TestUnmarshal_IgnoresUnknownNames(t *testing.T) {
	t.Parallel()
	var into struct {
		A int `json:"a"`
	}
	if err := strictjson.Unmarshal([]byte(`{"b":[{}],"a":7}`), &into); err != nil || into.A != 7 {
		t.Errorf("%v, %v", into, err)
	}
}

func TestCanonicalIndentDepth(t *testing.T) {
	t.Parallel()
	const text = ` {"b": [{"c": 1.0}], "a": "\u00e4"} `
	if got, err := strictjson.Canonical([]byte(text)); string(got) != `{"a":"ä","b":[{"c":1}]}` || err != nil {
		t.Errorf("canonical: %s, %v", got, err)
	}
	if got, err := strictjson.Indent([]byte(`{"a":1,"a":[2]}`)); string(got) != "{\n  \"a\": 1,\n  \"a\": [\n    2\n  ]\n}" || err != nil {
		t.Errorf("indented: %s, %v", got, err)
	}
	for nested, want := range map[string]int{`1`: 0, `{}`: 1, `{"a":1}`: 1, text: 3, `[[],[[[]]]]`: 4} {
		if got := strictjson.Depth([]byte(nested)); got != want {
			t.Errorf("%s has depth %d, want %d", nested, got, want)
		}
	}
}
