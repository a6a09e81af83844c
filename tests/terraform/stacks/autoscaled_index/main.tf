# A table and its index, scaled alike by target tracking, as modules do it: for_each over both.
provider "aws" {
  region = "us-east-1"
}

resource "aws_dynamodb_table" "visits" {
  name           = "visits"
  billing_mode   = "PROVISIONED"
  read_capacity  = 5
  write_capacity = 5
  hash_key       = "page"

  attribute {
    name = "page"
    type = "S"
  }
  attribute {
    name = "day"
    type = "S"
  }
  global_secondary_index {
    name            = "by_day"
    hash_key        = "day"
    projection_type = "KEYS_ONLY"
    read_capacity   = 5
    write_capacity  = 5
  }

  lifecycle {
    ignore_changes = [read_capacity, write_capacity, global_secondary_index]
  }
}

locals {
  resources = {
    table = "table/${aws_dynamodb_table.visits.name}"
    index = "table/${aws_dynamodb_table.visits.name}/index/by_day"
  }
}

resource "aws_appautoscaling_target" "write" {
  for_each           = local.resources
  min_capacity       = 2
  max_capacity       = each.key == "index" ? 4 : 40
  resource_id        = each.value
  scalable_dimension = "dynamodb:${each.key}:WriteCapacityUnits"
  service_namespace  = "dynamodb"
}

resource "aws_appautoscaling_policy" "write" {
  for_each           = aws_appautoscaling_target.write
  name               = "write-${each.key}"
  policy_type        = "TargetTrackingScaling"
  resource_id        = each.value.resource_id
  scalable_dimension = each.value.scalable_dimension
  service_namespace  = each.value.service_namespace

  target_tracking_scaling_policy_configuration {
    target_value       = 60
    scale_in_cooldown  = 60
    scale_out_cooldown = 30
    predefined_metric_specification {
      predefined_metric_type = "DynamoDBWriteCapacityUtilization"
    }
  }
}
