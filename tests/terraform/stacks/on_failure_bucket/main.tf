# Failed batches are kept whole in a bucket.
provider "aws" {
  region = "us-east-1"
}

data "aws_caller_identity" "me" {}

module "table" {
  source = "../modules/stream_table"
  name   = "inputs"
}

resource "aws_s3_bucket" "failed" {
  bucket        = "failed-inputs-${data.aws_caller_identity.me.account_id}"
  force_destroy = true
}

module "picky" {
  source = "../modules/python_function"
  name   = "picky"
  statements = [{
    Effect   = "Allow"
    Action   = ["s3:PutObject", "s3:ListBucket"]
    Resource = [aws_s3_bucket.failed.arn, "${aws_s3_bucket.failed.arn}/*"]
  }]
}

module "mapping" {
  source         = "../modules/stream_mapping"
  stream_arn     = module.table.stream_arn
  function       = module.picky
  on_failure_arn = aws_s3_bucket.failed.arn
  settings       = { retries = 0 }
}
