output "role_arn" {
  value       = aws_iam_role.this.arn
  description = "The role of the manifest's target in this account."
}

# Without a value it is no output, so a plan is empty while Git is right.
output "not_written_back" {
  value       = local.is_written_back ? null : "${coalesce(local.live[0], "no one release")} is live, and Git says ${var.app_version}"
  description = "What is live, where Git says something else."
}
