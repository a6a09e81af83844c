# Commands, a stream, its projection and its audit in a bucket, as teams write them: tfvars and workspaces, a module in the folder,
# write-only values from ephemeral ones, a check; the update moves what is there into a count and a for_each.
terraform {
  required_version = ">= 1.10"
  required_providers {
    aws     = { source = "hashicorp/aws" }
    archive = { source = "hashicorp/archive" }
  }
}
provider "aws" {
  region              = var.region
  allowed_account_ids = [data.aws_caller_identity.current.account_id]
  max_retries         = 3
  default_tags {
    tags = {
      Environment = terraform.workspace
      Project     = var.project
      ManagedBy   = "terraform"
    }
  }
  ignore_tags { key_prefixes = ["kubernetes.io/"] }
}
provider "aws" {
  alias  = "plain"
  region = var.region
}
data "aws_caller_identity" "current" { provider = aws.plain }
variable "region" { default = "us-east-1" }
variable "project" {
  type = string
  validation {
    condition     = length(var.project) > 2
    error_message = "Too short."
  }
}
variable "functions" {
  type = map(object({
    handler = string
    memory  = optional(number, 128)
    timeout = optional(number, 10)
    env     = optional(map(string), {})
    batch   = optional(number)
  }))
}
locals { prefix = "${var.project}-${terraform.workspace}" }
data "archive_file" "src" {
  type        = "zip"
  source_dir  = "${path.module}/src"
  output_path = "${path.module}/build/src.zip"
  excludes    = ["README.md"]
}
module "table" {
  source   = "./table"
  for_each = { orders = "NEW_AND_OLD_IMAGES", view = null }
  name     = "${local.prefix}-${each.key}"
  stream   = each.value
}
resource "aws_iam_role" "fn" {
  for_each           = var.functions
  name               = "${local.prefix}-${each.key}"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}
data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}
data "aws_iam_policy_document" "fn" {
  statement {
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = [for g in aws_cloudwatch_log_group.fn : "${g.arn}:*"]
  }
  statement {
    actions   = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"]
    resources = [module.table["orders"].stream_arn]
  }
  statement {
    actions   = ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:GetItem", "dynamodb:Query"]
    resources = flatten([for t in module.table : [t.arn, "${t.arn}/index/*"]])
  }
  statement {
    actions   = ["s3:PutObject"]
    resources = ["${aws_s3_bucket.audit.arn}/audit/*"]
  }
  statement {
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.dlq.arn]
  }
  statement {
    actions   = ["ssm:GetParameter", "secretsmanager:GetSecretValue"]
    resources = [aws_ssm_parameter.config.arn, aws_secretsmanager_secret.s.arn]
  }
}
resource "aws_iam_role_policy" "fn" {
  for_each = var.functions
  name     = "policy"
  role     = aws_iam_role.fn[each.key].id
  policy   = data.aws_iam_policy_document.fn.json
}
resource "aws_cloudwatch_log_group" "fn" {
  for_each          = var.functions
  name              = "/aws/lambda/${local.prefix}-${each.key}"
  retention_in_days = terraform.workspace == "prod" ? 90 : 3
}
resource "aws_lambda_function" "fn" {
  for_each         = var.functions
  function_name    = "${local.prefix}-${each.key}"
  role             = aws_iam_role.fn[each.key].arn
  handler          = each.value.handler
  runtime          = "python3.12"
  memory_size      = each.value.memory
  timeout          = each.value.timeout
  filename         = data.archive_file.src.output_path
  source_code_hash = data.archive_file.src.output_base64sha256
  environment {
    variables = merge(each.value.env, { VIEW = module.table["view"].name, ORDERS = module.table["orders"].name, AUDIT = aws_s3_bucket.audit.id, CONFIG = aws_ssm_parameter.config.name, SECRET = aws_secretsmanager_secret.s.name })
  }
  depends_on = [aws_cloudwatch_log_group.fn, aws_iam_role_policy.fn]
}
resource "aws_lambda_event_source_mapping" "fn" {
  for_each                = { for k, v in var.functions : k => v if v.batch != null }
  event_source_arn        = module.table["orders"].stream_arn
  function_name           = aws_lambda_function.fn[each.key].arn
  starting_position       = "LATEST"
  batch_size              = each.value.batch
  maximum_retry_attempts  = 1
  function_response_types = ["ReportBatchItemFailures"]
  destination_config {
    on_failure { destination_arn = aws_sqs_queue.dlq.arn }
  }
}
resource "aws_sqs_queue" "dlq" { name = "${local.prefix}-dlq" }
resource "aws_s3_bucket" "audit" {
  bucket        = "${local.prefix}-audit-${data.aws_caller_identity.current.account_id}"
  force_destroy = true
}
resource "aws_ssm_parameter" "config" {
  name             = "/${local.prefix}/config"
  type             = "SecureString"
  value_wo         = "table=${module.table["view"].name}"
  value_wo_version = 1
}
ephemeral "aws_secretsmanager_random_password" "p" {
  password_length = 24
}
resource "aws_secretsmanager_secret" "s" {
  name                    = "${local.prefix}/db"
  recovery_window_in_days = 0
}
resource "aws_secretsmanager_secret_version" "s" {
  secret_id                = aws_secretsmanager_secret.s.id
  secret_string_wo         = ephemeral.aws_secretsmanager_random_password.p.random_password
  secret_string_wo_version = 1
}
ephemeral "aws_secretsmanager_secret_version" "s" {
  secret_id = aws_secretsmanager_secret_version.s.secret_id
}
ephemeral "aws_ssm_parameter" "c" { arn = aws_ssm_parameter.config.arn }
data "aws_lambda_invocation" "warm" {
  function_name = aws_lambda_function.fn["command"].function_name
  input         = jsonencode({ warm = true })
  depends_on    = [aws_iam_role_policy.fn, aws_ssm_parameter.config, aws_secretsmanager_secret_version.s]
}
check "command_answers" {
  assert {
    condition     = jsondecode(data.aws_lambda_invocation.warm.result).ok
    error_message = "not ok"
  }
}
output "warm" { value = jsondecode(data.aws_lambda_invocation.warm.result).ok }
resource "aws_cloudwatch_metric_alarm" "dlq" {
  alarm_name          = "${local.prefix}-dlq"
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = aws_sqs_queue.dlq.name }
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 1
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
}
output "names" { value = { for k, f in aws_lambda_function.fn : k => f.function_name } }
output "view" { value = module.table["view"].name }
output "orders" { value = module.table["orders"].name }
output "audit" { value = aws_s3_bucket.audit.id }
