# Must exist: the suite, and the resource block of atm_suite.shop,
# which terraform plan -generate-config-out=generated.tf can write.
# The import id is the suite's id or its name.
import {
  to = atm_suite.shop
  id = "shop"
}
