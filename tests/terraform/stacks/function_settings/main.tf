# A function with every setting that isn't code: memory, timeout, storage, concurrency, JSON logs, tracing.
provider "aws" {
  region = "us-east-1"
}

data "archive_file" "code" {
  type        = "zip"
  source_file = "${path.module}/index.py"
  output_path = "${path.module}/files/code.zip"
}

resource "aws_iam_role" "role" {
  name = "settings-role"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
  inline_policy {
    name = "logs"
    policy = jsonencode({
      Version   = "2012-10-17"
      Statement = [{ Effect = "Allow", Action = "logs:*", Resource = "*" }]
    })
  }
}

resource "aws_cloudwatch_log_group" "elsewhere" {
  name = "/elsewhere/settings"
}

resource "aws_lambda_function" "settings" {
  function_name                  = "settings"
  description                    = "Knows its settings"
  runtime                        = "python3.13"
  handler                        = "index.handler"
  role                           = aws_iam_role.role.arn
  filename                       = data.archive_file.code.output_path
  source_code_hash               = data.archive_file.code.output_base64sha256
  memory_size                    = 256
  timeout                        = 7
  architectures                  = ["x86_64"]
  reserved_concurrent_executions = 3
  tags                           = { Kind = "settings" }

  ephemeral_storage {
    size = 1024
  }
  environment {
    variables = { STAGE = "dev", EMPTY = "" }
  }
  logging_config {
    log_format            = "JSON"
    log_group             = aws_cloudwatch_log_group.elsewhere.name
    application_log_level = "INFO"
    system_log_level      = "WARN"
  }
  tracing_config {
    mode = "PassThrough"
  }
}
