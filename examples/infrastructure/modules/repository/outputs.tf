output "url" {
  value       = aws_ecr_repository.this.repository_url
  description = "What images are pushed to."
}

output "push_role_arn" {
  value       = aws_iam_role.push.arn
  description = "The variable RELEASE_ROLE of the application's workflow."
}
