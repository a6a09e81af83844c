# A function that clears a table: by Scheduler with a role, and by a rule with a schedule.
provider "aws" {
  region = "us-east-1"
}

resource "aws_dynamodb_table" "jobs" {
  name         = "jobs"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "pk"
  attribute {
    name = "pk"
    type = "S"
  }
}

module "cleanup" {
  source      = "../modules/python_function"
  name        = "cleanup"
  statements  = [{ Effect = "Allow", Action = ["dynamodb:Scan", "dynamodb:DeleteItem"], Resource = aws_dynamodb_table.jobs.arn }]
  environment = { TABLE = aws_dynamodb_table.jobs.name }
}

resource "aws_iam_role" "scheduler" {
  name = "scheduler"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "scheduler.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "scheduler" {
  role = aws_iam_role.scheduler.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "lambda:InvokeFunction", Resource = module.cleanup.arn }]
  })
}

resource "aws_scheduler_schedule_group" "chores" {
  name = "chores"
  tags = { kind = "chores" }
}

resource "aws_scheduler_schedule" "cleanup" {
  name                         = "cleanup"
  group_name                   = aws_scheduler_schedule_group.chores.name
  schedule_expression          = "rate(1 hour)"
  schedule_expression_timezone = "Europe/Berlin"
  flexible_time_window {
    mode = "OFF"
  }
  target {
    arn      = module.cleanup.arn
    role_arn = aws_iam_role.scheduler.arn
    input    = jsonencode({ by = "scheduler" })
  }
  depends_on = [aws_iam_role_policy.scheduler]
}

resource "aws_cloudwatch_event_rule" "nightly" {
  name                = "nightly"
  schedule_expression = "cron(0 3 * * ? *)"
}

resource "aws_cloudwatch_event_target" "nightly" {
  rule  = aws_cloudwatch_event_rule.nightly.name
  arn   = module.cleanup.arn
  input = jsonencode({ by = "rule" })
}

resource "aws_lambda_permission" "nightly" {
  action        = "lambda:InvokeFunction"
  function_name = module.cleanup.name
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.nightly.arn
}
