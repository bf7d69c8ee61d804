# Refuse the wrong account before anything changes.
data "atm_caller" "this" {
  lifecycle {
    postcondition {
      condition     = self.role == "suite_admin"
      error_message = "Sign in as the suite's admin, not as ${self.email} (${self.role})."
    }
  }
}

# What the caller manages needs no id in the configuration.
resource "atm_project" "checkout" {
  name     = "checkout"
  suite_id = data.atm_caller.this.suite_id
}
