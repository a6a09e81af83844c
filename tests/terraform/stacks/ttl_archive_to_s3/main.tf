# What leaves a table is archived in a bucket.
provider "aws" {
  region = "us-east-1"
}

module "table" {
  source = "../modules/stream_table"
  name   = "sessions"
  ttl    = "ExpiresAt"
}

resource "aws_s3_bucket" "archive" {
  bucket        = "session-archive-${data.aws_caller_identity.me.account_id}"
  force_destroy = true
}

data "aws_caller_identity" "me" {}

module "archiver" {
  source      = "../modules/python_function"
  name        = "archiver"
  environment = { BUCKET = aws_s3_bucket.archive.bucket }
  statements  = [{ Effect = "Allow", Action = "s3:PutObject", Resource = "${aws_s3_bucket.archive.arn}/*" }]
}

module "mapping" {
  source     = "../modules/stream_mapping"
  stream_arn = module.table.stream_arn
  function   = module.archiver
  patterns   = [jsonencode({ eventName = ["REMOVE"] })]
}

output "bucket" {
  value = aws_s3_bucket.archive.bucket
}
