# What the account's own bus says, in a queue: rules from a map, an input transformer, dead letters, and a schedule.
provider "aws" {
  region = "us-east-1"
  default_tags {
    tags = {
      Project   = "audit"
      Terraform = "true"
    }
  }
}

data "aws_caller_identity" "current" {}
data "aws_region" "current" {}
data "aws_partition" "current" {}

data "aws_cloudwatch_event_bus" "default" {
  name = "default"
}

locals {
  prefix = "audit"
  rules = {
    signups = {
      description   = "Who signed up"
      event_pattern = jsonencode({ source = ["com.example.app"], "detail-type" = ["user.signup"], detail = { plan = [{ "anything-but" = "free" }] } })
    }
    failures = {
      description   = "What failed"
      event_pattern = jsonencode({ source = [{ prefix = "com.example" }], detail = { status = ["failed"], code = [{ numeric = [">", 400, "<", 600] }] } })
    }
  }
}

resource "aws_sqs_queue" "dlq" {
  name                      = "${local.prefix}-dlq"
  message_retention_seconds = 1209600
}

resource "aws_sqs_queue" "events" {
  name                       = "${local.prefix}-events"
  visibility_timeout_seconds = 60
  sqs_managed_sse_enabled    = true
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dlq.arn
    maxReceiveCount     = 4
  })
}

data "aws_iam_policy_document" "queue" {
  for_each = { events = aws_sqs_queue.events.arn, dlq = aws_sqs_queue.dlq.arn }
  statement {
    sid       = "EventsToQueue"
    effect    = "Allow"
    actions   = ["sqs:SendMessage"]
    resources = [each.value]
    principals {
      type        = "Service"
      identifiers = ["events.${data.aws_partition.current.dns_suffix}"]
    }
    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [for rule in aws_cloudwatch_event_rule.this : rule.arn]
    }
  }
}

resource "aws_sqs_queue_policy" "this" {
  for_each  = { events = aws_sqs_queue.events.id, dlq = aws_sqs_queue.dlq.id }
  queue_url = each.value
  policy    = data.aws_iam_policy_document.queue[each.key].json
}

resource "aws_cloudwatch_event_rule" "this" {
  for_each       = local.rules
  name_prefix    = "${local.prefix}-${each.key}-"
  description    = each.value.description
  event_bus_name = data.aws_cloudwatch_event_bus.default.name
  event_pattern  = each.value.event_pattern
}

resource "aws_cloudwatch_event_target" "queue" {
  for_each = aws_cloudwatch_event_rule.this
  rule     = each.value.name
  arn      = aws_sqs_queue.events.arn

  input_transformer {
    input_paths = {
      account = "$.account"
      time    = "$.time"
      detail  = "$.detail"
      who     = "$.detail.user"
    }
    input_template = <<EOF
{
  "kind": "${each.key}",
  "account": "<account>",
  "at": <time>,
  "text": "<who> at <time>",
  "detail": <detail>
}
EOF
  }

  dead_letter_config {
    arn = aws_sqs_queue.dlq.arn
  }

  retry_policy {
    maximum_event_age_in_seconds = 120
    maximum_retry_attempts       = 2
  }
}

resource "aws_cloudwatch_log_group" "all" {
  name              = "/aws/events/${local.prefix}"
  retention_in_days = 1
}

data "aws_iam_policy_document" "logs" {
  statement {
    effect    = "Allow"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.all.arn}:*"]
    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com", "delivery.logs.amazonaws.com"]
    }
  }
}

resource "aws_cloudwatch_log_resource_policy" "events" {
  policy_document = data.aws_iam_policy_document.logs.json
  policy_name     = "${local.prefix}-events"
}

resource "aws_cloudwatch_event_rule" "all" {
  name          = "${local.prefix}-all"
  event_pattern = jsonencode({ account = [data.aws_caller_identity.current.account_id] })
  state         = "ENABLED"
}

resource "aws_cloudwatch_event_target" "all" {
  rule      = aws_cloudwatch_event_rule.all.name
  target_id = "log"
  arn       = aws_cloudwatch_log_group.all.arn
}

output "queue_url" {
  value = aws_sqs_queue.events.url
}
