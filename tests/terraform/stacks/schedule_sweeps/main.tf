# One function for many schedules: Scheduler in place of rules, with a dead-letter queue for what it can't deliver.
provider "aws" {
  region = "us-east-1"
}

module "sweeper" {
  source = "../modules/python_function"
  name   = "sweeper"
}

resource "aws_sqs_queue" "undelivered" {
  name = "sweeper-undelivered"
}

resource "aws_iam_role" "scheduler" {
  name = "sweeper-scheduler"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "scheduler.amazonaws.com" }
  }] })
}

resource "aws_iam_role_policy" "scheduler" {
  name = "targets"
  role = aws_iam_role.scheduler.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Action = "lambda:InvokeFunction", Resource = module.sweeper.arn },
    { Effect = "Allow", Action = "sqs:SendMessage", Resource = aws_sqs_queue.undelivered.arn }
  ] })
}

resource "aws_scheduler_schedule" "sweep" {
  name                = "sweep"
  schedule_expression = "rate(1 minutes)"
  flexible_time_window {
    mode = "OFF"
  }
  target {
    arn      = module.sweeper.arn
    role_arn = aws_iam_role.scheduler.arn
    input    = jsonencode({ sweep = "sessions" })
    retry_policy {
      maximum_retry_attempts = 0
    }
    dead_letter_config {
      arn = aws_sqs_queue.undelivered.arn
    }
  }
  depends_on = [aws_iam_role_policy.scheduler]
}
