variable "application_id" {
  type = string
}

variable "user_id" {
  type = string
}

resource "atm_application_user" "batch" {
  application_id = var.application_id
  user_id        = var.user_id
}
