# By id, or by name.
terraform import atm_suite.shop T_1kwjq0gTKGW6-g4O8OF
terraform import atm_suite.shop shop
