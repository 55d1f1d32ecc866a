terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }
  }
}

variable "endpoint" {
  description = "Where Muster's API listens."
  type        = string
  default     = "http://127.0.0.1:4566"
}

# Only ECS and CloudWatch Logs are asked for, and nothing outside of this machine.
provider "aws" {
  region                      = "us-east-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
  skip_requesting_account_id  = true

  endpoints {
    ecs            = var.endpoint
    cloudwatchlogs = var.endpoint
    sts            = var.endpoint
  }

  default_tags {
    tags = {
      "managed-by" = "terraform"
    }
  }
}
