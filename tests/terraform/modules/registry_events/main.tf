# Buses, rules, targets and schedules by maps, as the registry's module for EventBridge takes them.

variable "create" {
  type    = bool
  default = true
}

variable "create_bus" {
  type    = bool
  default = true
}

variable "bus_name" {
  type    = string
  default = "default"
}

variable "rules" {
  type    = any
  default = {}
}

variable "targets" {
  type    = any
  default = {}
}

variable "schedules" {
  type    = any
  default = {}
}

variable "archives" {
  type    = any
  default = {}
}

variable "create_role" {
  type    = bool
  default = false
}

variable "role_name" {
  type    = string
  default = null
}

variable "lambda_target_arns" {
  type    = list(string)
  default = []
}

variable "tags" {
  type    = map(string)
  default = {}
}

locals {
  eventbridge_rules = flatten([
    for index, rule in var.rules : merge(rule, { "name" = index, "Name" = "${replace(index, "_", "-")}-rule" })
  ])
  eventbridge_targets = flatten([
    for index, rule in var.rules : [
      for target in try(var.targets[index], []) : merge(target, { "rule" = index, "Name" = "${replace(index, "_", "-")}-rule" })
    ]
  ])
}

resource "aws_cloudwatch_event_bus" "this" {
  count = var.create && var.create_bus ? 1 : 0
  name  = var.bus_name
  tags  = var.tags
}

data "aws_cloudwatch_event_bus" "this" {
  count = var.create && !var.create_bus ? 1 : 0
  name  = var.bus_name
}

resource "aws_cloudwatch_event_rule" "this" {
  for_each = { for k, v in local.eventbridge_rules : v.name => v if var.create }

  name           = each.value.Name
  name_prefix    = lookup(each.value, "name_prefix", null)
  event_bus_name = var.create_bus ? aws_cloudwatch_event_bus.this[0].name : var.bus_name

  description         = lookup(each.value, "description", null)
  state               = try(each.value.enabled ? "ENABLED" : "DISABLED", tobool(each.value.state) ? "ENABLED" : "DISABLED", upper(each.value.state), null)
  event_pattern       = lookup(each.value, "event_pattern", null)
  schedule_expression = lookup(each.value, "schedule_expression", null)
  role_arn            = lookup(each.value, "role_arn", false) == true ? aws_iam_role.eventbridge[0].arn : null

  tags = merge(var.tags, { Name = each.value.Name })
}

resource "aws_cloudwatch_event_target" "this" {
  for_each = { for k, v in local.eventbridge_targets : v.name => v if var.create }

  event_bus_name = var.create_bus ? aws_cloudwatch_event_bus.this[0].name : var.bus_name
  rule           = each.value.Name
  arn            = lookup(each.value, "destination", null) != null ? each.value.destination : each.value.arn
  role_arn       = null
  target_id      = lookup(each.value, "target_id", null)
  input          = lookup(each.value, "input", null)
  input_path     = lookup(each.value, "input_path", null)

  dynamic "sqs_target" {
    for_each = lookup(each.value, "message_group_id", null) != null ? [true] : []
    content {
      message_group_id = each.value.message_group_id
    }
  }

  dynamic "input_transformer" {
    for_each = lookup(each.value, "input_transformer", null) != null ? [each.value.input_transformer] : []
    content {
      input_paths    = input_transformer.value.input_paths
      input_template = chomp(input_transformer.value.input_template)
    }
  }

  dynamic "dead_letter_config" {
    for_each = lookup(each.value, "dead_letter_arn", null) != null ? [true] : []
    content {
      arn = each.value.dead_letter_arn
    }
  }

  dynamic "retry_policy" {
    for_each = lookup(each.value, "retry_policy", null) != null ? [each.value.retry_policy] : []
    content {
      maximum_event_age_in_seconds = retry_policy.value.maximum_event_age_in_seconds
      maximum_retry_attempts       = retry_policy.value.maximum_retry_attempts
    }
  }

  depends_on = [aws_cloudwatch_event_rule.this]
}

resource "aws_cloudwatch_event_archive" "this" {
  for_each         = var.create ? var.archives : {}
  name             = each.key
  event_source_arn = try(each.value["event_source_arn"], aws_cloudwatch_event_bus.this[0].arn)
  description      = lookup(each.value, "description", null)
  event_pattern    = lookup(each.value, "event_pattern", null)
  retention_days   = lookup(each.value, "retention_days", null)
}

data "aws_iam_policy_document" "assume_role" {
  count = var.create && var.create_role ? 1 : 0
  statement {
    effect  = "Allow"
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com", "scheduler.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "eventbridge" {
  count                 = var.create && var.create_role ? 1 : 0
  name                  = var.role_name
  force_detach_policies = true
  assume_role_policy    = data.aws_iam_policy_document.assume_role[0].json
  tags                  = merge({ Name = var.role_name }, var.tags)
}

data "aws_iam_policy_document" "lambda" {
  count = var.create && var.create_role ? 1 : 0
  statement {
    sid       = "LambdaAccess"
    effect    = "Allow"
    actions   = ["lambda:InvokeFunction"]
    resources = var.lambda_target_arns
  }
}

resource "aws_iam_policy" "lambda" {
  count  = var.create && var.create_role ? 1 : 0
  name   = "${var.role_name}-lambda"
  policy = data.aws_iam_policy_document.lambda[0].json
  tags   = merge({ Name = "${var.role_name}-lambda" }, var.tags)
}

resource "aws_iam_policy_attachment" "lambda" {
  count      = var.create && var.create_role ? 1 : 0
  name       = "${var.role_name}-lambda"
  roles      = [aws_iam_role.eventbridge[0].name]
  policy_arn = aws_iam_policy.lambda[0].arn
}

resource "aws_scheduler_schedule" "this" {
  for_each = { for k, v in var.schedules : k => v if var.create }

  name        = "${replace(each.key, "_", "-")}-schedule"
  group_name  = lookup(each.value, "group_name", null)
  description = lookup(each.value, "description", null)
  start_date  = lookup(each.value, "start_date", null)
  end_date    = lookup(each.value, "end_date", null)
  kms_key_arn = lookup(each.value, "kms_key_arn", null)

  schedule_expression          = each.value.schedule_expression
  schedule_expression_timezone = lookup(each.value, "timezone", null)
  state                        = lookup(each.value, "state", true) ? "ENABLED" : "DISABLED"

  flexible_time_window {
    maximum_window_in_minutes = lookup(each.value, "maximum_window_in_minutes", null)
    mode                      = lookup(each.value, "use_flexible_time_window", false) ? "FLEXIBLE" : "OFF"
  }

  target {
    arn      = each.value.arn
    role_arn = aws_iam_role.eventbridge[0].arn
    input    = lookup(each.value, "input", null)
  }

  depends_on = [aws_iam_policy_attachment.lambda]
}

output "eventbridge_bus_arn" {
  value = try(aws_cloudwatch_event_bus.this[0].arn, data.aws_cloudwatch_event_bus.this[0].arn, "")
}

output "eventbridge_rule_arns" {
  value = { for k, v in aws_cloudwatch_event_rule.this : k => v.arn }
}

output "eventbridge_schedule_arns" {
  value = { for k, v in aws_scheduler_schedule.this : k => v.arn }
}
