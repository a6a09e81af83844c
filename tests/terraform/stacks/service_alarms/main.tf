# Alarms as a service's own module would make them: per queue and table by for_each, metric math, a composite, a dashboard, log metrics.
provider "aws" {
  region = "us-east-1"
}

data "aws_region" "current" {}

locals {
  service = "checkout"
  tables  = toset(["carts", "orders"])
  metric_alarms = {
    throttles = { statistic = "Sum", metric = "ThrottledRequests", threshold = 5 }
    latency   = { extended_statistic = "p99", metric = "SuccessfulRequestLatency", threshold = 250 }
  }
}

resource "aws_dynamodb_table" "this" {
  for_each     = local.tables
  name         = "${local.service}-${each.key}"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "pk"
  attribute {
    name = "pk"
    type = "S"
  }
}

resource "aws_sqs_queue" "jobs" {
  name = "${local.service}-jobs"
}

resource "aws_sqs_queue" "pages" {
  name = "${local.service}-pages"
}

resource "aws_sns_topic" "pages" {
  name = "${local.service}-pages"
}

resource "aws_sns_topic_policy" "pages" {
  arn = aws_sns_topic.pages.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "AllowCloudWatch"
      Effect    = "Allow"
      Principal = { Service = "cloudwatch.amazonaws.com" }
      Action    = "SNS:Publish"
      Resource  = aws_sns_topic.pages.arn
    }]
  })
}

resource "aws_sns_topic_subscription" "pages" {
  topic_arn            = aws_sns_topic.pages.arn
  protocol             = "sqs"
  endpoint             = aws_sqs_queue.pages.arn
  raw_message_delivery = true
}

data "aws_iam_policy_document" "pages" {
  statement {
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.pages.arn]
    principals {
      type        = "Service"
      identifiers = ["sns.amazonaws.com"]
    }
    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [aws_sns_topic.pages.arn]
    }
  }
}

resource "aws_sqs_queue_policy" "pages" {
  queue_url = aws_sqs_queue.pages.id
  policy    = data.aws_iam_policy_document.pages.json
}

resource "aws_cloudwatch_metric_alarm" "table" {
  for_each = { for pair in setproduct(local.tables, keys(local.metric_alarms)) : "${pair[0]}-${pair[1]}" => {
    table = aws_dynamodb_table.this[pair[0]].name
    alarm = local.metric_alarms[pair[1]]
  } }

  alarm_name          = "${local.service}-${each.key}"
  alarm_description   = "${each.value.alarm.metric} of ${each.value.table}"
  comparison_operator = "GreaterThanOrEqualToThreshold"
  evaluation_periods  = 2
  metric_name         = each.value.alarm.metric
  namespace           = "AWS/DynamoDB"
  period              = 60
  statistic           = try(each.value.alarm.statistic, null)
  extended_statistic  = try(each.value.alarm.extended_statistic, null)
  threshold           = each.value.alarm.threshold
  treat_missing_data  = "notBreaching"
  dimensions = {
    TableName = each.value.table
  }
  alarm_actions = [aws_sns_topic.pages.arn]
  ok_actions    = [aws_sns_topic.pages.arn]
  tags = {
    Service = local.service
  }
}

resource "aws_cloudwatch_metric_alarm" "backlog" {
  alarm_name          = "${local.service}-backlog"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 3
  datapoints_to_alarm = 2
  metric_name         = "ApproximateNumberOfMessagesVisible"
  namespace           = "AWS/SQS"
  period              = 300
  statistic           = "Average"
  unit                = "Count"
  threshold           = 100
  dimensions = {
    QueueName = aws_sqs_queue.jobs.name
  }
  insufficient_data_actions = []
  alarm_actions             = [aws_sns_topic.pages.arn]
}

resource "aws_cloudwatch_metric_alarm" "error_rate" {
  alarm_name                = "${local.service}-error-rate"
  comparison_operator       = "GreaterThanOrEqualToThreshold"
  evaluation_periods        = 1
  threshold                 = 10
  alarm_description         = "Failed orders exceed 10 %"
  insufficient_data_actions = []

  metric_query {
    id          = "e1"
    expression  = "m2/m1*100"
    label       = "Error Rate"
    return_data = true
  }

  metric_query {
    id = "m1"
    metric {
      metric_name = "Orders"
      namespace   = "Checkout"
      period      = 60
      stat        = "Sum"
      unit        = "Count"
    }
  }

  metric_query {
    id = "m2"
    metric {
      metric_name = "FailedOrders"
      namespace   = "Checkout"
      period      = 60
      stat        = "Sum"
      unit        = "Count"
    }
  }
}

resource "aws_cloudwatch_composite_alarm" "pager" {
  alarm_name        = "${local.service}-pager"
  alarm_description = "Wake somebody"
  alarm_rule = join(" OR ", [
    "(ALARM(${aws_cloudwatch_metric_alarm.backlog.alarm_name}) AND ALARM(${aws_cloudwatch_metric_alarm.error_rate.alarm_name}))",
    "ALARM(${aws_cloudwatch_metric_alarm.table["orders-throttles"].alarm_name})",
  ])
  alarm_actions = [aws_sns_topic.pages.arn]
  tags = {
    Service = local.service
  }
}

resource "aws_cloudwatch_log_group" "app" {
  name              = "/${local.service}/app"
  retention_in_days = 30
}

resource "aws_cloudwatch_log_metric_filter" "declined" {
  name           = "Declined"
  pattern        = "{ ($.level = \"ERROR\") && ($.code = 4*) }"
  log_group_name = aws_cloudwatch_log_group.app.name
  metric_transformation {
    name          = "DeclinedPayments"
    namespace     = "Checkout"
    value         = "1"
    default_value = "0"
    unit          = "Count"
  }
}

resource "aws_cloudwatch_metric_alarm" "declined" {
  alarm_name          = "${local.service}-declined"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  metric_name         = aws_cloudwatch_log_metric_filter.declined.metric_transformation[0].name
  namespace           = aws_cloudwatch_log_metric_filter.declined.metric_transformation[0].namespace
  period              = 60
  statistic           = "Sum"
  threshold           = 0
  treat_missing_data  = "ignore"
  actions_enabled     = false
}

resource "aws_cloudwatch_dashboard" "service" {
  dashboard_name = local.service
  dashboard_body = jsonencode({
    widgets = concat(
      [for index, name in sort(local.tables) : {
        type   = "metric"
        x      = 12 * index
        y      = 0
        width  = 12
        height = 6
        properties = {
          metrics = [["AWS/DynamoDB", "ConsumedReadCapacityUnits", "TableName", "${local.service}-${name}"], [".", "ConsumedWriteCapacityUnits", ".", "."]]
          period  = 300
          stat    = "Sum"
          region  = data.aws_region.current.name
          title   = name
        }
      }],
      [{ type = "text", x = 0, y = 7, width = 3, height = 3, properties = { markdown = "# ${local.service}" } }],
    )
  })
}

output "pages" {
  value = aws_sqs_queue.pages.url
}
