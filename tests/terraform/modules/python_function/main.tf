# A Python function with its role and log group: what the stacks in ../../stacks have in common.

variable "name" {
  type = string
}

variable "source_file" {
  type    = string
  default = "index.py"
}

variable "statements" {
  description = "What its role may do beside writing its log"
  type        = any
  default     = []
}

variable "environment" {
  type    = map(string)
  default = {}
}

variable "timeout" {
  type    = number
  default = 10
}

variable "publish" {
  type    = bool
  default = false
}

variable "layers" {
  type    = list(string)
  default = []
}

variable "dead_letter_arn" {
  type    = string
  default = null
}

data "archive_file" "code" {
  type        = "zip"
  source_file = "${path.root}/${var.source_file}"
  output_path = "${path.root}/files/${var.name}.zip"
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "role" {
  name               = "${var.name}-role"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role_policy_attachment" "logs" {
  role       = aws_iam_role.role.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
}

resource "aws_iam_role_policy" "more" {
  count  = length(var.statements) > 0 ? 1 : 0
  name   = "more"
  role   = aws_iam_role.role.id
  policy = jsonencode({ Version = "2012-10-17", Statement = var.statements })
}

resource "aws_cloudwatch_log_group" "log" {
  name              = "/aws/lambda/${var.name}"
  retention_in_days = 7
}

resource "aws_lambda_function" "function" {
  function_name    = var.name
  runtime          = "python3.12"
  handler          = "${trimsuffix(var.source_file, ".py")}.handler"
  role             = aws_iam_role.role.arn
  filename         = data.archive_file.code.output_path
  source_code_hash = data.archive_file.code.output_base64sha256
  timeout          = var.timeout
  publish          = var.publish
  layers           = var.layers

  dynamic "environment" {
    for_each = length(var.environment) > 0 ? [1] : []
    content {
      variables = var.environment
    }
  }

  dynamic "dead_letter_config" {
    for_each = var.dead_letter_arn == null ? [] : [1]
    content {
      target_arn = var.dead_letter_arn
    }
  }

  depends_on = [aws_cloudwatch_log_group.log, aws_iam_role_policy_attachment.logs, aws_iam_role_policy.more]
}

output "arn" {
  value = aws_lambda_function.function.arn
}

output "name" {
  value = aws_lambda_function.function.function_name
}

output "version" {
  value = aws_lambda_function.function.version
}

output "role_name" {
  value = aws_iam_role.role.name
}

output "role_arn" {
  value = aws_iam_role.role.arn
}

output "log_group" {
  value = aws_cloudwatch_log_group.log.name
}

output "invoke_arn" {
  value = aws_lambda_function.function.invoke_arn
}
