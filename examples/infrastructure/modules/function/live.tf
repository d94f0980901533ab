# Whether Git says what is live. Gantry writes both: the parameter in this account, and gantry.auto.tfvars.json.
data "aws_ssm_parameters_by_path" "live" {
  path = "/gantry/${var.name}/${var.environment}"
}

locals {
  live = [
    for index, name in data.aws_ssm_parameters_by_path.live.names :
    jsondecode(nonsensitive(data.aws_ssm_parameters_by_path.live.values[index])).tag
    if name == "/gantry/${var.name}/${var.environment}/live"
  ]
  is_written_back = length(local.live) == 0 || try(local.live[0] == var.app_version, false)
}
