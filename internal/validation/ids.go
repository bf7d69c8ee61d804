package validation

import (
	"errors"
	"fmt"
)

// ObjectID judges a given id: 1 to 64 letters, digits, - and _.
func ObjectID(id string) error { return identifier(id, MinObjectID, MaxObjectID) }

// InstanceID judges the id of an ATM instance: 8 to 64 letters, digits, - and
// _, so that it can be compared by its first eight characters and be part of a
// URL.
func InstanceID(id string) error { return identifier(id, MinInstanceID, MaxInstanceID) }

func identifier(id string, least, most int) error {
	if len(id) < least || len(id) > most {
		return fmt.Errorf("must have %d to %d characters", least, most)
	}
	for i := range len(id) {
		if !isIDCharacter(id[i]) {
			return errors.New("must contain only letters, digits, - and _")
		}
	}
	return nil
}

func isIDCharacter(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_'
}
