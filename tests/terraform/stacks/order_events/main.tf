# A bus of orders: one rule for a queue, one for a function that may fail into a dead-letter queue, and an archive.
provider "aws" {
  region = "us-east-1"
}

resource "aws_cloudwatch_event_bus" "orders" {
  name = "orders"
  tags = { team = "shop" }
}

resource "aws_cloudwatch_event_archive" "orders" {
  name             = "orders"
  event_source_arn = aws_cloudwatch_event_bus.orders.arn
  retention_days   = 7
  event_pattern    = jsonencode({ source = ["shop"] })
}

resource "aws_sqs_queue" "audit" {
  name = "audit"
}

resource "aws_sqs_queue" "dead" {
  name = "dead"
}

data "aws_iam_policy_document" "events_may_send" {
  for_each = { audit = aws_sqs_queue.audit.arn, dead = aws_sqs_queue.dead.arn }
  statement {
    actions   = ["sqs:SendMessage"]
    resources = [each.value]
    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = ["arn:aws:events:*:*:rule/${aws_cloudwatch_event_bus.orders.name}/*"]
    }
  }
}

resource "aws_sqs_queue_policy" "audit" {
  queue_url = aws_sqs_queue.audit.url
  policy    = data.aws_iam_policy_document.events_may_send["audit"].json
}

resource "aws_sqs_queue_policy" "dead" {
  queue_url = aws_sqs_queue.dead.url
  policy    = data.aws_iam_policy_document.events_may_send["dead"].json
}

resource "aws_cloudwatch_event_rule" "all" {
  name           = "all-orders"
  event_bus_name = aws_cloudwatch_event_bus.orders.name
  event_pattern  = jsonencode({ source = ["shop"] })
}

resource "aws_cloudwatch_event_target" "audit" {
  rule           = aws_cloudwatch_event_rule.all.name
  event_bus_name = aws_cloudwatch_event_bus.orders.name
  arn            = aws_sqs_queue.audit.arn
  input_transformer {
    input_paths    = { id = "$.detail.orderId", total = "$.detail.total" }
    input_template = <<-EOT
      {"order": <id>, "total": <total>, "rule": <aws.events.rule-name>}
    EOT
  }
}

resource "aws_cloudwatch_event_rule" "large" {
  name           = "large-orders"
  event_bus_name = aws_cloudwatch_event_bus.orders.name
  description    = "Orders to look at"
  event_pattern = jsonencode({
    source      = ["shop"]
    detail-type = [{ prefix = "order" }]
    detail      = { total = [{ numeric = [">=", 100] }] }
  })
}

module "review" {
  source = "../modules/python_function"
  name   = "review"
}

resource "aws_cloudwatch_event_target" "review" {
  rule           = aws_cloudwatch_event_rule.large.name
  event_bus_name = aws_cloudwatch_event_bus.orders.name
  target_id      = "review"
  arn            = module.review.arn
  retry_policy {
    maximum_retry_attempts       = 2
    maximum_event_age_in_seconds = 300
  }
  dead_letter_config {
    arn = aws_sqs_queue.dead.arn
  }
}

resource "aws_lambda_permission" "review" {
  action        = "lambda:InvokeFunction"
  function_name = module.review.name
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.large.arn
}

resource "aws_cloudwatch_event_target" "gone" {
  rule           = aws_cloudwatch_event_rule.large.name
  event_bus_name = aws_cloudwatch_event_bus.orders.name
  target_id      = "gone"
  arn            = "${module.review.arn}-that-is-not-there"
  dead_letter_config {
    arn = aws_sqs_queue.dead.arn
  }
}

output "audit" {
  value = aws_sqs_queue.audit.url
}

output "dead" {
  value = aws_sqs_queue.dead.url
}
