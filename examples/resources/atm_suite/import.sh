# Must exist: the suite, and the resource block of atm_suite.shop.
# The import id is the suite's id or its name.
terraform import atm_suite.shop T_1kwjq0gTKGW6-g4O8OF
terraform import atm_suite.shop shop
