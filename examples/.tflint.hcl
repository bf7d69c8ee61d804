# The examples of the documentation's pages are parts of a configuration, whose terraform block is in another file. So are the
# files of ci, whose local values another file uses.
rule "terraform_required_version" {
  enabled = false
}

rule "terraform_required_providers" {
  enabled = false
}

rule "terraform_unused_declarations" {
  enabled = false
}
