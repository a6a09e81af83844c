# A stream's reader falls behind: an alarm on its IteratorAge tells a queue.
provider "aws" {
  region = "us-east-1"
}

resource "aws_dynamodb_table" "orders" {
  name             = "aged-orders"
  billing_mode     = "PAY_PER_REQUEST"
  hash_key         = "id"
  stream_enabled   = true
  stream_view_type = "KEYS_ONLY"
  attribute {
    name = "id"
    type = "S"
  }
}

module "reader" {
  source = "../modules/python_function"
  name   = "aged-reader"
  statements = [{
    Effect   = "Allow"
    Action   = ["dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:DescribeStream", "dynamodb:ListStreams"]
    Resource = aws_dynamodb_table.orders.stream_arn
  }]
}

resource "aws_lambda_event_source_mapping" "orders" {
  event_source_arn                   = aws_dynamodb_table.orders.stream_arn
  function_name                      = module.reader.arn
  starting_position                  = "TRIM_HORIZON"
  maximum_batching_window_in_seconds = 3
}

resource "aws_sqs_queue" "alarms" {
  name = "aged-alarms"
}

resource "aws_sns_topic" "alarms" {
  name = "aged-alarms"
}

resource "aws_sqs_queue_policy" "alarms" {
  queue_url = aws_sqs_queue.alarms.url
  policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Effect    = "Allow"
    Principal = { Service = "sns.amazonaws.com" }
    Action    = "sqs:SendMessage"
    Resource  = aws_sqs_queue.alarms.arn
    Condition = { ArnEquals = { "aws:SourceArn" = aws_sns_topic.alarms.arn } }
  }] })
}

resource "aws_sns_topic_subscription" "alarms" {
  topic_arn            = aws_sns_topic.alarms.arn
  protocol             = "sqs"
  endpoint             = aws_sqs_queue.alarms.arn
  raw_message_delivery = true
}

resource "aws_cloudwatch_metric_alarm" "age" {
  alarm_name          = "aged-reader-behind"
  namespace           = "AWS/Lambda"
  metric_name         = "IteratorAge"
  dimensions          = { FunctionName = module.reader.name }
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 1500
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
}

output "alarms" {
  value = aws_sqs_queue.alarms.url
}
