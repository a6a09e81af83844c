# Files dropped into a bucket become items of a table.
provider "aws" {
  region = "us-east-1"
}

data "aws_caller_identity" "me" {}

resource "aws_s3_bucket" "inbox" {
  bucket        = "inbox-${data.aws_caller_identity.me.account_id}"
  force_destroy = true
}

module "table" {
  source = "../modules/stream_table"
  name   = "files"
}

module "indexer" {
  source      = "../modules/python_function"
  name        = "indexer"
  environment = { TABLE = module.table.name }
  statements  = [{ Effect = "Allow", Action = "dynamodb:PutItem", Resource = module.table.arn }]
}

resource "aws_lambda_permission" "bucket" {
  statement_id   = "bucket"
  action         = "lambda:InvokeFunction"
  function_name  = module.indexer.name
  principal      = "s3.amazonaws.com"
  source_arn     = aws_s3_bucket.inbox.arn
  source_account = data.aws_caller_identity.me.account_id
}

resource "aws_s3_bucket_notification" "inbox" {
  bucket = aws_s3_bucket.inbox.id
  lambda_function {
    lambda_function_arn = module.indexer.arn
    events              = ["s3:ObjectCreated:*"]
    filter_suffix       = ".csv"
  }
  depends_on = [aws_lambda_permission.bucket]
}
