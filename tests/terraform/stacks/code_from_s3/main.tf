# Code is uploaded to a versioned bucket, the function takes it from there.
provider "aws" {
  region = "us-east-1"
}

data "aws_caller_identity" "me" {}

resource "aws_s3_bucket" "artifacts" {
  bucket        = "artifacts-${data.aws_caller_identity.me.account_id}"
  force_destroy = true
}

resource "aws_s3_bucket_versioning" "artifacts" {
  bucket = aws_s3_bucket.artifacts.id
  versioning_configuration {
    status = "Enabled"
  }
}

data "archive_file" "code" {
  type        = "zip"
  source_dir  = "${path.module}/code"
  output_path = "${path.module}/files/code.zip"
}

resource "aws_s3_object" "code" {
  bucket = aws_s3_bucket_versioning.artifacts.bucket
  key    = "functions/from-s3.zip"
  source = data.archive_file.code.output_path
  etag   = data.archive_file.code.output_md5
}

resource "aws_iam_role" "role" {
  name = "from-s3-role"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_lambda_function" "from_s3" {
  function_name     = "from-s3"
  runtime           = "python3.12"
  handler           = "package.main.handler"
  role              = aws_iam_role.role.arn
  s3_bucket         = aws_s3_object.code.bucket
  s3_key            = aws_s3_object.code.key
  s3_object_version = aws_s3_object.code.version_id
}
