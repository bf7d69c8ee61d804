package seed

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// decoder reads the nodes of a file into the types of seed.go. It goes on after
// a mistake, remembers where each value is, and knows what a strict
// yaml.Unmarshal cannot do together: merge keys with overrides, unknown fields
// with their columns, members for anchors.
type decoder struct {
	seed *Seed
	errs *[]error
	// known are the members of the mappings that were read.
	known map[*yaml.Node][]member
}

// tags are those that a value may be given: its own.
var tags = map[string]bool{"!!null": true, "!!bool": true, "!!str": true, "!!int": true, "!!float": true, "!!seq": true, "!!map": true}

// value reads the value at a path.
func (d decoder) value(path string, n *yaml.Node, into reflect.Value) {
	n = target(n)
	d.seed.nodes[path] = n
	if n.Style&yaml.TaggedStyle != 0 && !tags[n.ShortTag()] {
		d.wrong(path, n, "must not have the tag "+n.Tag)
		return
	}
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" {
		return // as if it were not there
	}
	if into.Kind() == reflect.Pointer {
		into.Set(reflect.New(into.Type().Elem()))
		into = into.Elem()
	}
	switch {
	case into.Type() == reflect.TypeFor[secret]():
		into.Set(reflect.ValueOf(secretOf(n)))
	case into.Kind() == reflect.Struct && n.Kind == yaml.MappingNode:
		d.object(path, n, into)
	case into.Kind() == reflect.Map && n.Kind == yaml.MappingNode:
		d.texts(path, n, into)
	case into.Kind() == reflect.Slice && n.Kind == yaml.SequenceNode:
		into.Set(reflect.MakeSlice(into.Type(), len(n.Content), len(n.Content)))
		for i, element := range n.Content {
			d.value(fmt.Sprintf("%s[%d]", path, i), element, into.Index(i))
		}
	case n.Kind == yaml.ScalarNode:
		d.scalar(path, n, into)
	default:
		d.wrong(path, n, "must be "+kind(into.Type()))
	}
}

// texts reads a mapping of any names to texts.
func (d decoder) texts(path string, n *yaml.Node, into reflect.Value) {
	into.Set(reflect.MakeMap(into.Type()))
	for _, m := range d.members(n) {
		text := reflect.New(into.Type().Elem()).Elem()
		d.value(path+"."+m.name, m.value, text)
		into.SetMapIndex(reflect.ValueOf(m.name), text)
	}
}

// scalar reads a text as it is written: a name may look like a number.
func (d decoder) scalar(path string, n *yaml.Node, into reflect.Value) {
	switch tag := n.ShortTag(); {
	case into.Kind() == reflect.String:
		into.SetString(n.Value)
		return
	case into.Kind() == reflect.Bool && tag == "!!bool":
		into.SetBool(strings.EqualFold(n.Value, "true"))
		return
	case into.Kind() == reflect.Int64 && tag == "!!int" && n.Load(into.Addr().Interface()) == nil:
		return // also 0x1f and 1_000
	case into.Kind() == reflect.Int64 && isLarge(n.Value):
		d.wrong(path, n, "is too large a number")
		return
	}
	d.wrong(path, n, "must be "+kind(into.Type()))
}

func isLarge(number string) bool {
	_, err := strconv.ParseInt(number, 10, 64)
	return errors.Is(err, strconv.ErrRange)
}

// object reads the members of a mapping.
func (d decoder) object(path string, n *yaml.Node, into reflect.Value) {
	fields := map[string]reflect.Value{}
	for field, value := range into.Fields() {
		fields[field.Tag.Get("yaml")] = value
	}
	for _, m := range d.members(n) {
		field, known := fields[m.name]
		switch {
		case known:
			d.value(strings.TrimPrefix(path+"."+m.name, "."), m.value, field)
		case path == "" && strings.HasPrefix(m.name, "x-"):
			// Of any form: it is there for anchors.
		default:
			d.wrong(path, m.key, "unknown field "+strconv.Quote(m.name))
		}
	}
}

// member is an entry of a mapping.
type member struct {
	name       string
	key, value *yaml.Node
}

// members are a mapping's own, and those of the mappings that it merges
// (https://yaml.org/type/merge.html): its own take precedence, then earlier
// ones.
func (d decoder) members(n *yaml.Node) []member {
	if all, known := d.known[n]; known {
		return all
	}
	d.known[n] = nil // until it is done
	var (
		all   = []member{}
		merge *yaml.Node
		lines = map[string]int{}
	)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		line, again := lines[key.Value]
		switch {
		case key.Kind != yaml.ScalarNode:
			d.wrong("", key, "must be a text")
			continue
		case again:
			d.wrong("", key, fmt.Sprintf("%q is in line %d already", key.Value, line))
		case key.ShortTag() == "!!merge":
			merge = n.Content[i+1]
		default:
			all = append(all, member{key.Value, key, n.Content[i+1]})
		}
		lines[key.Value] = key.Line
	}
	for _, source := range d.sources(merge) {
		if all, known := d.known[source]; known && all == nil {
			d.wrong("", merge, "must not merge itself")
		}
		for _, m := range d.members(source) {
			if _, own := lines[m.name]; !own {
				lines[m.name] = m.key.Line
				all = append(all, m)
			}
		}
	}
	d.known[n] = all
	return all
}

// sources are the mappings that the value of a merge key names: one, or a list.
func (d decoder) sources(merge *yaml.Node) []*yaml.Node {
	if merge == nil {
		return nil
	}
	named := []*yaml.Node{merge}
	if target := target(merge); target.Kind == yaml.SequenceNode {
		named = target.Content
	}
	var mappings []*yaml.Node
	for _, n := range named {
		if target(n).Kind == yaml.MappingNode {
			mappings = append(mappings, target(n))
		} else {
			d.wrong("", n, "must be a mapping, an alias (*) of one, or a list of these")
		}
	}
	return mappings
}

// target is the node that an alias names, and any other node itself.
func target(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// wrong notes a mistake. Nothing else is said about the value at that path.
func (d decoder) wrong(path string, n *yaml.Node, what string) {
	d.seed.broken[path] = true
	err := fmt.Errorf("%s:%d:%d: %s", d.seed.name, n.Line, n.Column, what)
	// A mistake in a node that is merged in several places is reported once.
	if !slices.ContainsFunc(*d.errs, func(e error) bool { return e.Error() == err.Error() }) {
		*d.errs = append(*d.errs, err)
	}
}

func kind(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Int64:
		return "a whole number"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		return "a list"
	case reflect.Struct, reflect.Map:
		return "a mapping"
	}
	return "a text"
}
