# Must exist: the application, and the resource block of atm_application.worker.
# After an import Terraform does not know the client secret: see secret_rotation.on_unknown_secret.
# The import id is the application's id, or the names SUITE/PROJECT/APPLICATION.
terraform import atm_application.worker T_1kwjq0gTKGW6-g4O8OF
terraform import atm_application.worker shop/checkout/worker
