variable "region" {
  type = string
}

variable "account" {
  type = string
}

variable "target_accounts" {
  type        = list(string)
  description = "The accounts of dev, staging and prod."
}
