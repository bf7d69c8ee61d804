// Package applicationusers is the Terraform resource atm_application_users: the
// complete list of one application's users, in a few requests however long
// it is.
//
// A write follows a fresh listing, which is compared with what Terraform read
// last and with what is wanted; the etags of the items come from that listing.
// The alternative, a thousand etags in private state, would add half as much
// again to what Terraform writes after every object, and would not notice a
// user who was assigned outside Terraform meanwhile. The price is a request per
// 500 users at an update, and none at a plan.
package applicationusers
