// Package framework is what all Terraform resources of the provider share: it turns
// Terraform's requests into the few methods of a [Resource], a [Lookup] or a
// [List], so that a new one is a schema, a model and those methods.
//
// Three rules of the plugin framework are easy to break. Each is implemented
// here once, with its test:
//
//   - Identity is set after every Create, Read and Update, and in Read before
//     the object is removed too: Terraform before 1.12 has none to send, and
//     without it every object deleted outside Terraform would be an error.
//   - State is built from the plan's model, never from the configuration's: a
//     write-only value left in it makes the object of a failed create invalid,
//     and Terraform loses it.
//   - A write-only value is read from the configuration into a variable of its
//     own ([CreateRequest].WriteOnly); no model holds one.
//
// It must not know any resource, path or wire name.
package framework
