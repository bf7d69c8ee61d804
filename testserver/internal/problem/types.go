package problem

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"
)

// InvalidRequest is 400: the request is malformed or a field is out of bounds.
func InvalidRequest(detail string, fields ...Field) *Error {
	return &Error{
		Type: "invalid-request", Title: "Invalid request", Status: http.StatusBadRequest,
		Detail: detail, Fields: fields,
	}
}

// InvalidField is 400 for one field or parameter.
func InvalidField(pointer, detail string) *Error {
	return InvalidFields([]Field{{Pointer: pointer, Detail: detail}})
}

// InvalidFields is 400 for several fields. Its detail is that of the first, so
// that a client that shows only the detail says something useful.
func InvalidFields(fields []Field) *Error {
	detail := ""
	if len(fields) > 0 {
		detail = cmp.Or(fields[0].Pointer, "The body") + " " + fields[0].Detail
	}
	switch n := len(fields) - 1; {
	case n == 1:
		detail += ", and 1 more field is not valid"
	case n > 1:
		detail += fmt.Sprintf(", and %d more fields are not valid", n)
	}
	return InvalidRequest(detail, fields...)
}

// Unauthorized is 401 with the challenge of RFC 6750 §3. reason is empty for a
// request without a token, which gets no error code (RFC 6750 §3.1).
func Unauthorized(reason string) *Error {
	e := &Error{Type: "unauthorized", Title: "An access token is required", Status: http.StatusUnauthorized}
	if reason == "" {
		e.Detail = "The request has no access token: send Authorization: Bearer <access token>."
		return e.with("WWW-Authenticate", `Bearer realm="ATM"`)
	}
	e.Detail = reason
	return e.with("WWW-Authenticate", `Bearer realm="ATM", error="invalid_token", error_description="`+
		strings.ReplaceAll(reason, `"`, "'")+`"`)
}

// Forbidden is 403: the caller may see the object, and its role does not allow
// what it asked for.
func Forbidden(requiredRole, callerRole, detail string) *Error {
	return &Error{
		Type: "forbidden", Title: "Permission denied by the role", Status: http.StatusForbidden,
		Detail: detail, RequiredRole: requiredRole, CallerRole: callerRole,
	}
}

// NotFound is 404: the object does not exist, or is not visible to the caller.
func NotFound(what string, fields ...Field) *Error {
	return &Error{
		Type: "not-found", Title: "Object not found", Status: http.StatusNotFound,
		Detail: "There is no such " + what + ", or it is not visible to the caller.", Fields: fields,
	}
}

// UnknownPath is 404 for a path that the API does not define. It says nothing
// about any object.
func UnknownPath() *Error {
	return &Error{
		Type: "unknown-path", Title: "Unknown path", Status: http.StatusNotFound,
		Detail: "The API does not define this path: check the base URL of the client.",
	}
}

// MethodNotAllowed is 405; allowed goes into Allow.
func MethodNotAllowed(allowed []string) *Error {
	list := strings.Join(allowed, ", ")
	e := &Error{
		Type: "method-not-allowed", Title: "Method not allowed", Status: http.StatusMethodNotAllowed,
		Detail: "The path supports only " + list + ".",
	}
	return e.with("Allow", list)
}

// NameTaken is 409. existing is nil where the caller may not see the object.
func NameTaken(what, parent string, existing *Existing) *Error {
	detail := "Another " + what + " has this name."
	if parent != "" {
		detail = "Another " + what + " of this " + parent + " has this name."
	}
	return &Error{
		Type: "name-taken", Title: "The name is already in use", Status: http.StatusConflict,
		Detail: detail, Existing: existing,
		Fields: []Field{{Pointer: "/name", Detail: "is already in use"}},
	}
}

// EmailTaken is 409. existing is nil where the caller may not see the user.
func EmailTaken(existing *Existing) *Error {
	return &Error{
		Type: "email-taken", Title: "The email address is already in use", Status: http.StatusConflict,
		Detail: "Another user has this email address.", Existing: existing,
		Fields: []Field{{Pointer: "/email", Detail: "is already in use"}},
	}
}

// NotEmpty is 409: a suite or project that contains other objects, which
// contents lists ("2 applications (a, b)").
func NotEmpty(what, contents string) *Error {
	return &Error{
		Type: "not-empty", Title: "The object is not empty", Status: http.StatusConflict,
		Detail: "The " + what + " contains " + contents + ": delete or move them first.",
	}
}

// ApplicationHasUsers is 409: ATM does not delete an application with users.
func ApplicationHasUsers() *Error {
	return &Error{
		Type: "application-has-users", Title: "The application has users", Status: http.StatusConflict,
		Detail: "The server does not delete an application that has users: remove its users first.",
	}
}

// NoClientSecret is 409: an application without a secret has none that could be
// replaced.
func NoClientSecret() *Error {
	return &Error{
		Type: "no-client-secret", Title: "The application has no client secret", Status: http.StatusConflict,
		Detail: "The clientAuthentication of this application is none or assertion: change it to secret first.",
	}
}

// AlreadyAssigned is 409: If-None-Match: * and the assignment exists.
func AlreadyAssigned() *Error {
	return &Error{
		Type: "already-assigned", Title: "The user is already assigned", Status: http.StatusConflict,
		Detail: "The user is already assigned to this application.",
	}
}

// AssignedElsewhere is 409: a higher role or another suite would give the power
// of the user to those who know the secrets of these applications.
func AssignedElsewhere(applications []Application) *Error {
	names := make([]string, 0, maxNamed)
	for _, a := range applications[:min(len(applications), maxNamed)] {
		names = append(names, fmt.Sprintf("%q (%s)", a.Name, a.ID))
	}
	if more := len(applications) - maxNamed; more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	return &Error{
		Type: "assigned-elsewhere", Title: "Others can sign in as the user", Status: http.StatusConflict,
		Detail: "Managers of lower roles, or of the suite that the user leaves, can sign in as this user by the secret of " +
			strings.Join(names, ", ") + ": remove these assignments of the user first.",
		Applications: applications,
	}
}

// maxNamed is how many applications a detail names.
const maxNamed = 5

// LastSuperAdmin is 409: without one, no user could make another.
func LastSuperAdmin() *Error {
	return &Error{
		Type: "last-super-admin", Title: "Last enabled super admin", Status: http.StatusConflict,
		Detail: "This is the last enabled super admin: create another one first.",
	}
}

// PreconditionFailed is 412: the object has changed since the given etag.
func PreconditionFailed(fields ...Field) *Error {
	return &Error{
		Type: "precondition-failed", Title: "The object has changed", Status: http.StatusPreconditionFailed,
		Detail: "The object has changed since the etag of the request: read it again.", Fields: fields,
	}
}

// PayloadTooLarge is 413. limit is in bytes.
func PayloadTooLarge(limit int64) *Error {
	return &Error{
		Type: "payload-too-large", Title: "The body is too large", Status: http.StatusRequestEntityTooLarge,
		Detail: fmt.Sprintf("The body can have at most %d bytes.", limit),
	}
}

// UnsupportedMediaType is 415; accepted are the types that the operation takes.
func UnsupportedMediaType(method string, accepted []string) *Error {
	list := strings.Join(accepted, ", ")
	e := &Error{
		Type: "unsupported-media-type", Title: "Unsupported content type", Status: http.StatusUnsupportedMediaType,
		Detail: "Send the body as " + list + ".",
	}
	if method == http.MethodPatch {
		return e.with("Accept-Patch", list) // RFC 5789 §2.2
	}
	return e.with("Accept", list) // RFC 9110 §15.5.16
}

// IdempotencyKeyReused is 422: the same key came with another request.
func IdempotencyKeyReused() *Error {
	return &Error{
		Type: "idempotency-key-reused", Title: "The idempotency key was already used", Status: http.StatusUnprocessableEntity,
		Detail: "This Idempotency-Key was used with another request: use a new key for each request.",
		Fields: []Field{{Pointer: "Idempotency-Key", Detail: "was used with another request"}},
	}
}

// KeyVoid is 409: the key was voided, and nothing is done under it any more.
func KeyVoid() *Error {
	return &Error{
		Type: "key-void", Title: "The idempotency key is void", Status: http.StatusConflict,
		Detail: "This Idempotency-Key was voided before the request arrived, so the request was not executed: use a new key.",
		Fields: []Field{{Pointer: "Idempotency-Key", Detail: "is void"}},
	}
}

// ResponseExpired is 409: the request was done, and its response is not stored
// any more.
func ResponseExpired() *Error {
	return &Error{
		Type: "response-expired", Title: "The stored response has expired", Status: http.StatusConflict,
		Detail: "The request with this Idempotency-Key was executed before, and its response is no longer stored: " +
			"GET /idempotent-result returns the object.",
		Fields: []Field{{Pointer: "Idempotency-Key", Detail: "was used, and its response has expired"}},
	}
}

// Internal is 500: a fault of the server. cause is logged, not sent.
func Internal(cause error) *Error {
	return &Error{
		Type: "internal", Title: "The server failed", Status: http.StatusInternalServerError,
		Detail: "The server failed; its log has the reason under the request id.", Cause: cause,
	}
}

// RetryAfter is the Retry-After of a 503, in seconds.
const RetryAfter = "1"

// Unavailable is 503: the database or the signer cannot respond now.
func Unavailable(cause error) *Error {
	e := &Error{
		Type: "unavailable", Title: "The server is unavailable", Status: http.StatusServiceUnavailable,
		Detail: "The database or the signer is unavailable: try again.", Cause: cause,
	}
	return e.with("Retry-After", RetryAfter)
}

// NoManagementAccess is 403 for a token that is right and not meant for the
// management API (RFC 6750 §3.1, insufficient_scope).
func NoManagementAccess(detail string) *Error {
	e := &Error{
		Type: "forbidden", Title: "The token does not allow this", Status: http.StatusForbidden, Detail: detail,
	}
	return e.with("WWW-Authenticate", `Bearer realm="ATM", error="insufficient_scope"`)
}
