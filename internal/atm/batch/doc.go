// Package batch turns the one-object reads that Terraform asks for into few requests.
//
// Terraform asks for objects one by one and, when the responses are fast, one at a time. Batching what is pending is
// therefore not enough: objects are also read ahead, by listing. A [Loader] does both for one kind of object and
// guarantees:
//
//   - A read never waits for other reads. The first goes out at once; what arrives while it is pending is sent together
//     in one request (group commit, no timers).
//   - A page of a listing is fetched only while fewer pages than other requests have been spent in this batch, and not
//     once the listing's total shows that all it holds was handed out already. A batch therefore costs at most twice
//     the cheaper of the two: the pages of the whole listing, or only the requests of group commit. Requests that
//     confirm an absence are the same in both and not counted.
//   - A listed object serves one read and is dropped. What was listed is thrown away at any write ([Loader.Discard]),
//     after [Idle] without a read, and at [MaxAge].
//   - Absence from a response of many never means deleted: it is confirmed by a read of that one object. Reads of
//     an object that this process wrote ([Loader.Wrote]) pass by what was listed.
//   - A shared request runs on a context of its own. A waiter that is canceled does not affect the others; the last one to leave
//     cancels the request, and its error reaches every waiter.
//
// A batch begins with the first read and ends when what was listed is thrown away, or when a read lies outside the
// scope that all reads before it shared: then the listing begins anew in the wider scope, with a budget of its own.
//
// The package knows no path, no wire name and no Terraform.
package batch
