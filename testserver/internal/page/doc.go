// Package page holds what all HTML of the server shares: headers that shut a
// browser's doors, forms that only the server's own pages can send, and the way
// a template becomes a response. It knows neither what a page shows nor who can
// see it.
package page
