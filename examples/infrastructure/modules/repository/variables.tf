variable "name" {
  type        = string
  description = "The service: images are pushed to a repository with this name."
}

variable "target_accounts" {
  type        = list(string)
  description = "The accounts whose functions run the images."
}

variable "github_repository" {
  type        = string
  description = "The application's repository, like acme/cowsay. Its branch main may push."
}
