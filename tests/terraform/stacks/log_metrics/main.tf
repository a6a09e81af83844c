# Log groups by for_each, a stream, a metric filter.
provider "aws" {
  region = "us-east-1"
}

locals {
  retention = { api = 7, batch = 30 }
}

resource "aws_cloudwatch_log_group" "group" {
  for_each          = local.retention
  name              = "/services/${each.key}"
  retention_in_days = each.value
  tags              = { Service = each.key }
}

resource "aws_cloudwatch_log_stream" "main" {
  name           = "main"
  log_group_name = aws_cloudwatch_log_group.group["api"].name
}

resource "aws_cloudwatch_log_metric_filter" "errors" {
  name           = "errors"
  log_group_name = aws_cloudwatch_log_group.group["api"].name
  pattern        = "{ $.level = \"ERROR\" && $.ms > 100 }"
  metric_transformation {
    name          = "Errors"
    namespace     = "Services"
    value         = "1"
    default_value = "0"
  }
}
