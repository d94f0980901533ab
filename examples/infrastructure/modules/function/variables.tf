variable "name" {
  type        = string
  description = "The function of the manifest's targets. Its role is called the same, and its alarm begins so."
}

variable "environment" {
  type        = string
  description = "The environment, as the manifest calls it."
}

variable "revision" {
  type        = number
  description = "Counts the changes of infrastructure that a release may need. Raise it together with the change."

  validation {
    condition     = var.revision >= 1 && floor(var.revision) == var.revision
    error_message = "The revision is a whole number from 1 on."
  }
}

variable "app_version" {
  type        = string
  default     = ""
  description = "The tag that is live, as Gantry has written it to gantry.auto.tfvars.json. Empty before the first release."
}

variable "policy" {
  type        = string
  default     = null
  description = "What the function may do, as the JSON of an IAM policy."
}
