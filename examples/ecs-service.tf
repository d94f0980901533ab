# ecs-service.template.yaml for those who use Terraform: an ECS service that Gantry deploys to, with the load balancer that
# it shifts traffic by, both target groups, an alarm on each, its roles and its first task definition.
# The comments here are about Terraform only.

terraform {
  required_version = ">= 1.5"
  required_providers {
    # Since 6.4 it knows advanced_configuration: https://github.com/hashicorp/terraform-provider-aws/issues/43489
    aws = { source = "hashicorp/aws", version = ">= 6.4" }
  }
}

variable "name" {
  type    = string
  default = "cowsay-web"
}

variable "cluster" {
  type    = string
  default = "main"
}

variable "image" {
  type        = string
  description = "The first image, with its digest. Gantry deploys the next ones."
}

variable "repository_arn" {
  type        = string
  description = "The ECR repository in the assets account. Its own policy has to let this account pull."
}

variable "port" {
  type    = number
  default = 8080
}

variable "health_check_path" {
  type    = string
  default = "/"
}

variable "vpc_id" {
  type = string
}

variable "vpc_cidr" {
  type    = string
  default = "10.0.0.0/8"
}

variable "certificate_arn" {
  type        = string
  default     = null
  description = "The certificate of the listener. None means HTTP, as long as only your own network gets there."
}

variable "subnets" {
  type = list(string)
}

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

data "aws_ecs_cluster" "this" {
  cluster_name = var.cluster
}

# ---- The load balancer ----

resource "aws_security_group" "load_balancer" {
  name        = "${var.name}-load-balancer"
  description = "Requests from the network"
  vpc_id      = var.vpc_id

  ingress {
    description = "requests"
    protocol    = "tcp"
    from_port   = local.listener_port
    to_port     = local.listener_port
    cidr_blocks = [var.vpc_cidr]
  }

  egress {
    description = "to tasks"
    protocol    = "-1"
    from_port   = 0
    to_port     = 0
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_security_group" "task" {
  name        = "${var.name}-task"
  description = "Requests from the load balancer"
  vpc_id      = var.vpc_id

  ingress {
    description     = "requests"
    protocol        = "tcp"
    from_port       = var.port
    to_port         = var.port
    security_groups = [aws_security_group.load_balancer.id]
  }

  egress {
    description = "to ECR, CloudWatch Logs and others"
    protocol    = "-1"
    from_port   = 0
    to_port     = 0
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_lb" "this" {
  name               = var.name
  load_balancer_type = "application"
  internal           = true
  subnets            = var.subnets
  security_groups    = [aws_security_group.load_balancer.id]
}

resource "aws_lb_target_group" "this" {
  for_each = toset(["blue", "green"])

  name                 = "${var.name}-${each.key}"
  vpc_id               = var.vpc_id
  target_type          = "ip"
  protocol             = "HTTP"
  port                 = var.port
  deregistration_delay = 30

  health_check {
    path              = var.health_check_path
    interval          = 10
    healthy_threshold = 2
  }
}

resource "aws_lb_listener" "this" {
  load_balancer_arn = aws_lb.this.arn
  port              = local.listener_port
  protocol          = var.certificate_arn == null ? "HTTP" : "HTTPS"
  certificate_arn   = var.certificate_arn
  ssl_policy        = var.certificate_arn == null ? null : "ELBSecurityPolicy-TLS13-1-2-2021-06"

  default_action {
    type = "fixed-response"

    fixed_response {
      content_type = "text/plain"
      status_code  = "404"
    }
  }
}

resource "aws_lb_listener_rule" "production" {
  listener_arn = aws_lb_listener.this.arn
  priority     = 1

  condition {
    path_pattern {
      values = ["/*"]
    }
  }

  action {
    type = "forward"

    forward {
      target_group {
        arn    = aws_lb_target_group.this["blue"].arn
        weight = 100
      }

      target_group {
        arn    = aws_lb_target_group.this["green"].arn
        weight = 0
      }
    }
  }

  # ECS changes the weights, and they cannot be ignored alone:
  # https://github.com/hashicorp/terraform-provider-aws/issues/43905
  lifecycle {
    ignore_changes = [action]
  }
}

# ---- The roles ----

resource "aws_iam_role" "infrastructure" {
  name = "${var.name}-infrastructure"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "ecs.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_iam_role_policy_attachment" "infrastructure" {
  role       = aws_iam_role.infrastructure.name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/AmazonECSInfrastructureRolePolicyForLoadBalancers"
}

locals {
  listener_port = var.certificate_arn == null ? 80 : 443
  tasks_assume = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.current.account_id } }
    }]
  })
}

resource "aws_iam_role" "execution" {
  name               = "${var.name}-execution"
  assume_role_policy = local.tasks_assume
}

resource "aws_iam_role_policy" "execution" {
  name = "start-tasks"
  role = aws_iam_role.execution.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Sid = "SignIn", Effect = "Allow", Action = "ecr:GetAuthorizationToken", Resource = "*" },
      {
        Sid      = "PullTheImage"
        Effect   = "Allow"
        Action   = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
        Resource = var.repository_arn
      },
      {
        Sid      = "WriteLogs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.this.arn}:*"
      },
    ]
  })
}

resource "aws_iam_role" "task" {
  name               = "${var.name}-task"
  assume_role_policy = local.tasks_assume
}

# ---- The service ----

resource "aws_cloudwatch_log_group" "this" {
  name              = "/ecs/${var.name}"
  retention_in_days = 30
}

resource "aws_ecs_task_definition" "first" {
  family                   = var.name
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = "256"
  memory                   = "512"
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.task.arn
  skip_destroy             = true # a rollback may need it

  runtime_platform {
    cpu_architecture        = "X86_64"
    operating_system_family = "LINUX"
  }

  container_definitions = jsonencode([{
    name         = "app"
    image        = var.image
    essential    = true
    portMappings = [{ containerPort = var.port }]
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.this.name
        awslogs-region        = data.aws_region.current.region
        awslogs-stream-prefix = "app"
      }
    }
  }])

  # Each release is made of the live revision. A change here makes a revision that nothing runs.
  lifecycle {
    ignore_changes = [container_definitions, cpu, memory]
  }
}

resource "aws_ecs_service" "this" {
  name                              = var.name
  cluster                           = data.aws_ecs_cluster.this.arn
  task_definition                   = aws_ecs_task_definition.first.arn
  desired_count                     = 2
  launch_type                       = "FARGATE"
  health_check_grace_period_seconds = 60

  deployment_controller {
    type = "ECS"
  }

  deployment_configuration {
    strategy = "BLUE_GREEN"
  }

  network_configuration {
    subnets         = var.subnets
    security_groups = [aws_security_group.task.id]
  }

  load_balancer {
    container_name   = "app"
    container_port   = var.port
    target_group_arn = aws_lb_target_group.this["blue"].arn

    advanced_configuration {
      alternate_target_group_arn = aws_lb_target_group.this["green"].arn
      production_listener_rule   = aws_lb_listener_rule.production.arn
      role_arn                   = aws_iam_role.infrastructure.arn
    }
  }

  # Terraform would deploy the first task definition again, and take away Gantry's pauses:
  # https://github.com/hashicorp/terraform-provider-aws/issues/632. Ignore desired_count too where something else scales,
  # and without a load balancer also deployment_circuit_breaker and alarms, which Gantry sets then.
  lifecycle {
    ignore_changes = [task_definition, deployment_configuration, load_balancer]
  }

  depends_on = [aws_iam_role_policy_attachment.infrastructure, aws_iam_role_policy.execution]
}

# ---- The alarms: on both groups, because nobody knows which one serves ----

resource "aws_cloudwatch_metric_alarm" "errors" {
  for_each = aws_lb_target_group.this

  alarm_name          = "${var.name}-${each.key}-errors"
  namespace           = "AWS/ApplicationELB"
  metric_name         = "HTTPCode_Target_5XX_Count"
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 1
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"

  dimensions = {
    LoadBalancer = aws_lb.this.arn_suffix
    TargetGroup  = each.value.arn_suffix
  }
}

output "ecs_service" {
  description = "What the target stack's EcsServicePatterns needs."
  value       = "${var.cluster}/${var.name}"
}

output "task_definition_family" {
  description = "What the target stack's TaskDefinitionPatterns needs."
  value       = aws_ecs_task_definition.first.family
}

output "task_roles" {
  description = "What the target stack's TaskRolePatterns needs."
  value       = "${aws_iam_role.execution.name},${aws_iam_role.task.name}"
}
