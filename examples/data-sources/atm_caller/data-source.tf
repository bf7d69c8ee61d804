# Must exist: nothing. Needs a suite admin or a super admin.
# Refuse the wrong account before anything changes.
data "atm_caller" "this" {
  lifecycle {
    postcondition {
      condition     = contains(["super_admin", "suite_admin"], self.role)
      error_message = "Sign in as an administrator, not as ${self.email} (${self.role})."
    }
  }
}

# A suite admin's own suite needs no id in the configuration.
resource "atm_project" "checkout" {
  name     = "checkout"
  suite_id = data.atm_caller.this.suite_id
}
