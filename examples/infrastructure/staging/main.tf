module "cowsay" {
  source      = "../modules/function"
  name        = "cowsay"
  environment = "staging"
  revision    = var.revision
  app_version = var.app_version
}

output "not_written_back" {
  value = module.cowsay.not_written_back
}
