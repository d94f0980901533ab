module "cowsay" {
  source            = "../modules/repository"
  name              = "cowsay"
  target_accounts   = var.target_accounts
  github_repository = "acme/cowsay"
}

output "cowsay_url" {
  value = module.cowsay.url
}

output "cowsay_push_role_arn" {
  value = module.cowsay.push_role_arn
}
