# Must exist: the project, and the resource block of atm_project.checkout.
# The import id is the project's id, or the names SUITE/PROJECT.
terraform import atm_project.checkout D7aaqWe34vWj_Bd-uuP8N
terraform import atm_project.checkout shop/checkout
