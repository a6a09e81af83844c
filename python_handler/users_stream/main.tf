terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7.0"
    }
    archive = {
      source  = "hashicorp/archive"
      version = "~> 2.7"
    }
  }
}

provider "aws" {
  region = "us-east-1"
}

# The users. Every change of one is a record in the table's stream.
resource "aws_dynamodb_table" "users" {
  name             = "UsersIds"
  billing_mode     = "PAY_PER_REQUEST"
  hash_key         = "UserId"
  stream_enabled   = true
  stream_view_type = "NEW_AND_OLD_IMAGES"

  attribute {
    name = "UserId"
    type = "S"
  }
}

# The function that is told of users who came and users who went.
data "archive_file" "function" {
  type        = "zip"
  source_file = "${path.module}/index.py"
  output_path = "${path.module}/files/index.zip"
}

resource "aws_lambda_function" "users" {
  function_name    = "my-function"
  runtime          = "python3.8"
  handler          = "index.handler"
  role             = aws_iam_role.lambda.arn
  filename         = data.archive_file.function.output_path
  source_code_hash = data.archive_file.function.output_base64sha256

  depends_on = [
    aws_cloudwatch_log_group.function,
    aws_iam_role_policy_attachment.write_logs,
  ]
}

resource "aws_lambda_event_source_mapping" "users" {
  event_source_arn  = aws_dynamodb_table.users.stream_arn
  function_name     = aws_lambda_function.users.arn
  starting_position = "LATEST"

  filter_criteria {
    filter {
      pattern = jsonencode({ eventName = ["INSERT"] })
    }
    filter {
      pattern = jsonencode({ eventName = ["REMOVE"] })
    }
  }

  depends_on = [aws_iam_role_policy.read_stream]
}

# What the function may do: read the stream, write its log.
resource "aws_iam_role" "lambda" {
  name = "iam_for_lambda"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "read_stream" {
  name = "read-stream"
  role = aws_iam_role.lambda.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Action = [
          "dynamodb:DescribeStream",
          "dynamodb:GetRecords",
          "dynamodb:GetShardIterator",
          "dynamodb:ListStreams",
        ]
        Resource = "${aws_dynamodb_table.users.arn}/stream/*"
      },
      {
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.function.arn}:*"
      },
    ]
  })
}

resource "aws_iam_policy" "write_logs" {
  name        = "lambda-write-logs"
  description = "Lets the function write its logs"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = "arn:aws:logs:*:*:*"
    }]
  })
}

resource "aws_iam_role_policy_attachment" "write_logs" {
  role       = aws_iam_role.lambda.name
  policy_arn = aws_iam_policy.write_logs.arn
}

resource "aws_cloudwatch_log_group" "function" {
  name              = "/aws/lambda/my-function"
  retention_in_days = 14
}

# For artifacts.
resource "aws_s3_bucket" "files" {
  bucket = "s3-files-dynamo-stream"
}

output "table_arn" {
  value = aws_dynamodb_table.users.arn
}

output "function_arn" {
  value = aws_lambda_function.users.arn
}
