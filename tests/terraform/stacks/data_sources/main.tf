# A stack that looks everything up: what one part made, another reads through data sources.
provider "aws" {
  region = "us-east-1"
}

module "table" {
  source = "../modules/stream_table"
  name   = "lookups"
}

module "reader" {
  source     = "../modules/python_function"
  name       = "reader"
  statements = [{ Effect = "Allow", Action = "dynamodb:GetItem", Resource = module.table.arn }]
}

resource "aws_s3_bucket" "found" {
  bucket = "found-${data.aws_caller_identity.me.account_id}"
}

resource "aws_dynamodb_table_item" "greeting" {
  table_name = module.table.name
  hash_key   = "pk"
  item       = jsonencode({ pk = { S = "greeting" }, text = { S = "hello" } })
}

data "aws_caller_identity" "me" {}

data "aws_region" "here" {}

data "aws_dynamodb_table" "table" {
  name       = module.table.name
  depends_on = [module.table]
}

data "aws_lambda_function" "function" {
  function_name = module.reader.name
  depends_on    = [module.reader]
}

data "aws_iam_role" "role" {
  name       = module.reader.role_name
  depends_on = [module.reader]
}

data "aws_s3_bucket" "bucket" {
  bucket     = aws_s3_bucket.found.bucket
  depends_on = [aws_s3_bucket.found]
}

data "aws_cloudwatch_log_group" "group" {
  name       = module.reader.log_group
  depends_on = [module.reader]
}

data "aws_iam_policy" "managed" {
  arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaDynamoDBExecutionRole"
}

resource "aws_lambda_invocation" "once" {
  function_name = module.reader.name
  input         = jsonencode({ key = "greeting" })
  depends_on    = [aws_dynamodb_table_item.greeting]
}

output "found" {
  value = {
    account  = data.aws_caller_identity.me.account_id
    region   = data.aws_region.here.name
    stream   = data.aws_dynamodb_table.table.stream_arn
    runtime  = data.aws_lambda_function.function.runtime
    role     = data.aws_iam_role.role.arn
    bucket   = data.aws_s3_bucket.bucket.arn
    group    = data.aws_cloudwatch_log_group.group.retention_in_days
    managed  = data.aws_iam_policy.managed.name
    greeting = jsondecode(aws_lambda_invocation.once.result)
  }
}
