# A function's errors set off an alarm; a topic passes it to a second function. A composite alarm and a dashboard beside it.
provider "aws" {
  region = "us-east-1"
}

module "worker" {
  source = "../modules/python_function"
  name   = "worker"
}

module "pager" {
  source = "../modules/python_function"
  name   = "pager"
}

resource "aws_sns_topic" "alarms" {
  name = "alarms"
}

resource "aws_sns_topic_subscription" "pager" {
  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "lambda"
  endpoint  = module.pager.arn
}

resource "aws_lambda_permission" "pager" {
  action        = "lambda:InvokeFunction"
  function_name = module.pager.name
  principal     = "sns.amazonaws.com"
  source_arn    = aws_sns_topic.alarms.arn
}

resource "aws_cloudwatch_metric_alarm" "errors" {
  alarm_name          = "worker-errors"
  alarm_description   = "The worker fails"
  namespace           = "AWS/Lambda"
  metric_name         = "Errors"
  dimensions          = { FunctionName = module.worker.name }
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 1
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  tags                = { service = "worker" }
}

resource "aws_cloudwatch_metric_alarm" "error_rate" {
  alarm_name          = "worker-error-rate"
  evaluation_periods  = 2
  datapoints_to_alarm = 1
  threshold           = 50
  comparison_operator = "GreaterThanOrEqualToThreshold"
  metric_query {
    id          = "rate"
    expression  = "100 * errors / invocations"
    label       = "error rate"
    return_data = true
  }
  dynamic "metric_query" {
    for_each = { errors = "Errors", invocations = "Invocations" }
    content {
      id = metric_query.key
      metric {
        namespace   = "AWS/Lambda"
        metric_name = metric_query.value
        period      = 60
        stat        = "Sum"
        dimensions  = { FunctionName = module.worker.name }
      }
    }
  }
}

resource "aws_cloudwatch_composite_alarm" "any" {
  alarm_name = "worker-any"
  alarm_rule = "ALARM(${aws_cloudwatch_metric_alarm.errors.alarm_name}) OR ALARM(${aws_cloudwatch_metric_alarm.error_rate.alarm_name})"
}

resource "aws_cloudwatch_dashboard" "worker" {
  dashboard_name = "worker"
  dashboard_body = jsonencode({
    widgets = [{
      type = "metric", x = 0, y = 0, width = 12, height = 6
      properties = { region = "us-east-1", metrics = [["AWS/Lambda", "Errors", "FunctionName", module.worker.name]] }
    }]
  })
}
