# By id, or by the names SUITE/PROJECT.
terraform import atm_project.checkout D7aaqWe34vWj_Bd-uuP8N
terraform import atm_project.checkout shop/checkout
