# Must exist: the application worker in the suite shop, project checkout.
data "atm_application" "worker" {
  path = "shop/checkout/worker"
}

# What a service needs to check that a token was made for this application.
output "audience" {
  value = data.atm_application.worker.id
}
