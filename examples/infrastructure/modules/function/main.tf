# What a function needs in a workload account. The function itself, its versions and its alias are Gantry's: it creates
# them, because the manifest's targets have a role. So no apply changes what is live, and a rollback needs none.

terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

data "aws_partition" "current" {}

resource "aws_iam_role" "this" {
  name = var.name # fixed, because the manifest names it

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy_attachment" "logs" {
  role       = aws_iam_role.this.name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
}

resource "aws_iam_role_policy" "own" {
  count  = var.policy == null ? 0 : 1
  role   = aws_iam_role.this.name
  policy = var.policy
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/aws/lambda/${var.name}"
  retention_in_days = 90
}

# Errors of everything that is invoked through the alias. Without requests there are no data, and that is not an error.
resource "aws_cloudwatch_metric_alarm" "errors" {
  alarm_name          = "${var.name}-errors"
  namespace           = "AWS/Lambda"
  metric_name         = "Errors"
  dimensions          = { FunctionName = var.name, Resource = "${var.name}:live" }
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 1
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
}

# The last thing that an apply writes. A manifest's `needs` waits for it: from then on, all of this revision is there.
resource "aws_ssm_parameter" "revision" {
  name  = "/infra/${var.environment}/revision"
  type  = "String"
  value = tostring(var.revision)

  depends_on = [
    aws_iam_role_policy_attachment.logs,
    aws_iam_role_policy.own,
    aws_cloudwatch_log_group.this,
    aws_cloudwatch_metric_alarm.errors,
  ]
}
