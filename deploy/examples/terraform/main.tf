# A cluster with a service over a group of workers. Start the workers of the group before:
# `muster worker --cluster shop --group shop ...`, as the README of this folder tells.

variable "greeting" {
  description = "What each task says; a change rolls out a new revision."
  type        = string
  default     = "hello"
}

variable "tasks" {
  description = "How many tasks the service keeps running."
  type        = number
  default     = 2
}

variable "log_days" {
  description = "For how many days what the tasks write is shown."
  type        = number
  default     = 7
}

variable "stage" {
  description = "A tag of everything."
  type        = string
  default     = "test"
}

locals {
  tags = { stage = var.stage }
}

resource "aws_ecs_cluster" "shop" {
  name = "shop"

  setting {
    name  = "containerInsights"
    value = "disabled"
  }

  tags = local.tags
}

# Muster takes the name of a group of workers for the ARN of an Auto Scaling group. Terraform insists
# on an ARN, whose last part names the group.
resource "aws_ecs_capacity_provider" "workers" {
  name = "workers"

  auto_scaling_group_provider {
    auto_scaling_group_arn = "arn:aws:autoscaling:us-east-1:000000000000:autoScalingGroup:0:autoScalingGroupName/shop"
  }

  tags = local.tags
}

resource "aws_ecs_cluster_capacity_providers" "shop" {
  cluster_name       = aws_ecs_cluster.shop.name
  capacity_providers = [aws_ecs_capacity_provider.workers.name]

  default_capacity_provider_strategy {
    capacity_provider = aws_ecs_capacity_provider.workers.name
    base              = 1
    weight            = 100
  }
}

# Muster's workers keep what containers write; `aws logs` reads it by the name of the group.
resource "aws_cloudwatch_log_group" "web" {
  name              = "/ecs/shop-web"
  retention_in_days = var.log_days

  tags = local.tags
}

resource "aws_ecs_task_definition" "web" {
  family                   = "shop-web"
  requires_compatibilities = ["EC2"]
  network_mode             = "bridge"

  container_definitions = jsonencode([
    {
      name        = "web"
      image       = "busybox"
      cpu         = 32
      memory      = 32
      essential   = true
      command     = ["/bin/sh", "-c", "echo $GREETING; exec sleep 3600"]
      environment = [{ name = "GREETING", value = var.greeting }]
      stopTimeout = 2
      logConfiguration = {
        logDriver = "awslogs"
        options = {
          awslogs-group         = aws_cloudwatch_log_group.web.name
          awslogs-region        = "us-east-1"
          awslogs-stream-prefix = "shop"
        }
      }
      portMappings = [
        { containerPort = 8080 }
      ]
      healthCheck = {
        command     = ["CMD-SHELL", "true"]
        interval    = 5
        timeout     = 2
        retries     = 2
        startPeriod = 1
      }
    }
  ])

  placement_constraints {
    type       = "memberOf"
    expression = "attribute:muster.group == shop"
  }

  tags = local.tags
}

resource "aws_ecs_service" "web" {
  name            = "web"
  cluster         = aws_ecs_cluster.shop.id
  task_definition = aws_ecs_task_definition.web.arn
  desired_count   = var.tasks

  deployment_minimum_healthy_percent = 50
  deployment_maximum_percent         = 200
  enable_ecs_managed_tags            = true
  propagate_tags                     = "SERVICE"
  force_delete                       = true
  wait_for_steady_state              = true

  capacity_provider_strategy {
    capacity_provider = aws_ecs_capacity_provider.workers.name
    weight            = 1
  }

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  ordered_placement_strategy {
    type  = "spread"
    field = "instanceId"
  }

  ordered_placement_strategy {
    type  = "binpack"
    field = "memory"
  }

  placement_constraints {
    type       = "memberOf"
    expression = "attribute:muster.group == shop"
  }

  tags = local.tags

  depends_on = [aws_ecs_cluster_capacity_providers.shop]
}

output "service" {
  value = aws_ecs_service.web.id
}
