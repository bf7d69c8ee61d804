# By id, or by the names SUITE/PROJECT/APPLICATION. After an import Terraform
# does not know the client secret: see secret_rotation.on_unknown_secret.
terraform import atm_application.worker T_1kwjq0gTKGW6-g4O8OF
terraform import atm_application.worker shop/checkout/worker
