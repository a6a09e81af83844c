# Provisioned concurrency that follows a schedule and its use, on an alias; and an index's capacity.
provider "aws" {
  region = "us-east-1"
}

module "api" {
  source  = "../modules/python_function"
  name    = "warm-api"
  publish = true
}

resource "aws_lambda_alias" "live" {
  name             = "live"
  function_name    = module.api.name
  function_version = module.api.version
}

resource "aws_lambda_provisioned_concurrency_config" "live" {
  function_name                     = aws_lambda_alias.live.function_name
  qualifier                         = aws_lambda_alias.live.name
  provisioned_concurrent_executions = 1
  lifecycle {
    ignore_changes = [provisioned_concurrent_executions]
  }
}

resource "aws_appautoscaling_target" "live" {
  max_capacity       = 5
  min_capacity       = 2
  resource_id        = "function:${module.api.name}:${aws_lambda_alias.live.name}"
  scalable_dimension = "lambda:function:ProvisionedConcurrency"
  service_namespace  = "lambda"
  depends_on         = [aws_lambda_provisioned_concurrency_config.live]
}

resource "aws_appautoscaling_policy" "live" {
  name               = "utilization"
  service_namespace  = aws_appautoscaling_target.live.service_namespace
  scalable_dimension = aws_appautoscaling_target.live.scalable_dimension
  resource_id        = aws_appautoscaling_target.live.resource_id
  policy_type        = "TargetTrackingScaling"

  target_tracking_scaling_policy_configuration {
    target_value = 0.7
    predefined_metric_specification {
      predefined_metric_type = "LambdaProvisionedConcurrencyUtilization"
    }
  }
}

locals {
  schedule = {
    morning = { at = "at(2099-01-04T07:00:00)", min = 4, max = 10 }
    evening = { at = "at(2099-01-04T19:00:00)", min = 1, max = 2 }
  }
}

resource "aws_appautoscaling_scheduled_action" "live" {
  for_each           = local.schedule
  name               = each.key
  service_namespace  = aws_appautoscaling_target.live.service_namespace
  resource_id        = aws_appautoscaling_target.live.resource_id
  scalable_dimension = aws_appautoscaling_target.live.scalable_dimension
  schedule           = each.value.at
  timezone           = "UTC"
  scalable_target_action {
    min_capacity = each.value.min
    max_capacity = each.value.max
  }
}

resource "aws_dynamodb_table" "events" {
  name           = "events"
  billing_mode   = "PROVISIONED"
  read_capacity  = 1
  write_capacity = 1
  hash_key       = "id"
  attribute {
    name = "id"
    type = "S"
  }
  attribute {
    name = "day"
    type = "S"
  }
  global_secondary_index {
    name            = "by-day"
    hash_key        = "day"
    projection_type = "ALL"
    read_capacity   = 1
    write_capacity  = 1
  }
  lifecycle {
    ignore_changes = [read_capacity, write_capacity, global_secondary_index]
  }
}

locals {
  dimensions = {
    table-read  = { resource = "table/${aws_dynamodb_table.events.name}", dimension = "dynamodb:table:ReadCapacityUnits", metric = "DynamoDBReadCapacityUtilization" }
    table-write = { resource = "table/${aws_dynamodb_table.events.name}", dimension = "dynamodb:table:WriteCapacityUnits", metric = "DynamoDBWriteCapacityUtilization" }
    index-read  = { resource = "table/${aws_dynamodb_table.events.name}/index/by-day", dimension = "dynamodb:index:ReadCapacityUnits", metric = "DynamoDBReadCapacityUtilization" }
  }
}

resource "aws_appautoscaling_target" "events" {
  for_each           = local.dimensions
  min_capacity       = 3
  max_capacity       = 30
  resource_id        = each.value.resource
  scalable_dimension = each.value.dimension
  service_namespace  = "dynamodb"
}

resource "aws_appautoscaling_policy" "events" {
  for_each           = local.dimensions
  name               = "${each.value.metric}:${each.value.resource}"
  policy_type        = "TargetTrackingScaling"
  resource_id        = aws_appautoscaling_target.events[each.key].resource_id
  scalable_dimension = aws_appautoscaling_target.events[each.key].scalable_dimension
  service_namespace  = aws_appautoscaling_target.events[each.key].service_namespace
  target_tracking_scaling_policy_configuration {
    predefined_metric_specification {
      predefined_metric_type = each.value.metric
    }
    scale_in_cooldown  = 60
    scale_out_cooldown = 30
    target_value       = 70
  }
}
