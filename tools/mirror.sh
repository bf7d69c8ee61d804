#!/bin/sh
# Makes "terraform init" and "tofu init" install the provider of bin/, as if it
# were released: a mirror, and bin/terraform.rc for TF_CLI_CONFIG_FILE. The
# directory can be another one, the only argument.
set -eu
# The version is that of sandbox.ProviderVersion, with which the guides' tests use it.
cd "${1:-$(dirname "$0")/../bin}"
exe=$(go env GOEXE)
for host in registry.terraform.io registry.opentofu.org; do
	package=plugins/$host/tci-pf/atm/0.0.1/$(go env GOOS)_$(go env GOARCH)
	mkdir -p "$package"
	ln -f "terraform-provider-atm$exe" "$package/terraform-provider-atm_v0.0.1$exe"
done
cat >terraform.rc <<END
provider_installation {
  filesystem_mirror {
    path    = "$PWD/plugins"
    include = ["tci-pf/atm"]
  }
  direct {
    exclude = ["tci-pf/atm"]
  }
}
END
