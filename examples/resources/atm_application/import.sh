# By id, or by the names SUITE/PROJECT/APPLICATION. An import does not rotate
# the client secret, which Terraform then does not know.
terraform import atm_application.worker T_1kwjq0gTKGW6-g4O8OF
terraform import atm_application.worker shop/checkout/worker
