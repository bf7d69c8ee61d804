# Must exist: nothing.
data "atm_suites" "all" {}

output "suite_ids" {
  value = { for suite in data.atm_suites.all.suites : suite.name => suite.id }
}
