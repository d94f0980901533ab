variable "region" {
  type = string
}

variable "account" {
  type = string
}

variable "revision" {
  type        = number
  description = "The revision of the infrastructure, for which a manifest's needs can wait."
}

variable "app_version" {
  type        = string
  default     = ""
  description = "Only Gantry writes it, into gantry.auto.tfvars.json."
}
