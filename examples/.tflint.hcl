# The examples of the documentation's pages are parts of a configuration, whose terraform block is in another file.
rule "terraform_required_version" {
  enabled = false
}

rule "terraform_required_providers" {
  enabled = false
}
