# What one function logs as an error reaches another.
provider "aws" {
  region = "us-east-1"
}

module "noisy" {
  source = "../modules/python_function"
  name   = "noisy"
}

module "watcher" {
  source      = "../modules/python_function"
  name        = "watcher"
  source_file = "watcher.py"
}

resource "aws_lambda_permission" "logs" {
  statement_id  = "logs"
  action        = "lambda:InvokeFunction"
  function_name = module.watcher.name
  principal     = "logs.amazonaws.com"
}

resource "aws_cloudwatch_log_subscription_filter" "errors" {
  name            = "errors"
  log_group_name  = module.noisy.log_group
  filter_pattern  = "ERROR"
  destination_arn = module.watcher.arn
  depends_on      = [aws_lambda_permission.logs]
}
