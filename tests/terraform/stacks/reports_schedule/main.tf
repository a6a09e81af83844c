# Scheduler for a function, a queue and a table's item: groups, dead letters, time zones, one-time schedules by count.
provider "aws" {
  region = "us-east-1"
}

data "aws_caller_identity" "current" {}

variable "reports" {
  type = map(object({
    expression = string
    timezone   = optional(string, "UTC")
    enabled    = optional(bool, true)
  }))
  default = {
    hourly  = { expression = "rate(1 hours)" }
    nightly = { expression = "cron(30 2 * * ? *)", timezone = "America/New_York" }
    paused  = { expression = "rate(5 minutes)", enabled = false }
  }
}

resource "aws_scheduler_schedule_group" "reports" {
  name_prefix = "reports-"
  tags = {
    Team = "finance"
  }
}

resource "aws_sqs_queue" "dlq" {
  name = "reports-dlq"
}

resource "aws_sqs_queue" "ticks" {
  name = "reports-ticks"
}

module "report" {
  source = "../modules/python_function"
  name   = "report"
}

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["scheduler.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }
  }
}

data "aws_iam_policy_document" "scheduler" {
  statement {
    sid       = "Invoke"
    actions   = ["lambda:InvokeFunction"]
    resources = [module.report.arn, "${module.report.arn}:*"]
  }
  statement {
    sid       = "Queues"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.dlq.arn, aws_sqs_queue.ticks.arn]
  }
}

resource "aws_iam_role" "scheduler" {
  name               = "reports-scheduler"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_policy" "scheduler" {
  name   = "reports-scheduler"
  policy = data.aws_iam_policy_document.scheduler.json
}

resource "aws_iam_role_policy_attachment" "scheduler" {
  role       = aws_iam_role.scheduler.name
  policy_arn = aws_iam_policy.scheduler.arn
}

resource "aws_scheduler_schedule" "report" {
  for_each    = var.reports
  name        = each.key
  group_name  = aws_scheduler_schedule_group.reports.name
  description = "The ${each.key} report"
  state       = each.value.enabled ? "ENABLED" : "DISABLED"

  schedule_expression          = each.value.expression
  schedule_expression_timezone = each.value.timezone

  flexible_time_window {
    mode                      = each.key == "nightly" ? "FLEXIBLE" : "OFF"
    maximum_window_in_minutes = each.key == "nightly" ? 15 : null
  }

  target {
    arn      = module.report.arn
    role_arn = aws_iam_role.scheduler.arn
    # jsonencode writes < and > as escapes, which aren't placeholders.
    input = replace(replace(jsonencode({
      report = each.key
      at     = "<aws.scheduler.scheduled-time>"
      by     = "<aws.scheduler.schedule-arn>"
    }), "\\u003c", "<"), "\\u003e", ">")
    dead_letter_config {
      arn = aws_sqs_queue.dlq.arn
    }
    retry_policy {
      maximum_event_age_in_seconds = 300
      maximum_retry_attempts       = 3
    }
  }

  depends_on = [aws_iam_role_policy_attachment.scheduler]
}

# Any API by its name.
resource "aws_scheduler_schedule" "tick" {
  name                = "tick"
  schedule_expression = "rate(1 day)"
  flexible_time_window {
    mode = "OFF"
  }
  target {
    arn      = "arn:aws:scheduler:::aws-sdk:sqs:sendMessage"
    role_arn = aws_iam_role.scheduler.arn
    input = jsonencode({
      MessageBody = "tick"
      QueueUrl    = aws_sqs_queue.ticks.url
    })
  }
  depends_on = [aws_iam_role_policy_attachment.scheduler]
}

resource "aws_scheduler_schedule" "once" {
  count               = 2
  name                = "once-${count.index}"
  group_name          = aws_scheduler_schedule_group.reports.name
  schedule_expression = "at(2099-0${count.index + 1}-01T09:00:00)"
  flexible_time_window {
    mode = "OFF"
  }
  target {
    arn      = aws_sqs_queue.ticks.arn
    role_arn = aws_iam_role.scheduler.arn
  }
  depends_on = [aws_iam_role_policy_attachment.scheduler]
}

output "group" {
  value = aws_scheduler_schedule_group.reports.name
}

output "ticks" {
  value = aws_sqs_queue.ticks.url
}
