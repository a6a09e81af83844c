# Table, bucket, queue, topic and log group under one key, whose policy says who may use it.
provider "aws" {
  region = "us-east-1"
}

data "aws_caller_identity" "me" {}

resource "aws_kms_key" "all" {
  description             = "everything of this stack"
  deletion_window_in_days = 7
  enable_key_rotation     = true

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "Owner"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.me.account_id}:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        Sid       = "Services"
        Effect    = "Allow"
        Principal = { Service = ["logs.us-east-1.amazonaws.com", "sns.amazonaws.com"] }
        Action    = ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"]
        Resource  = "*"
      },
    ]
  })
}

resource "aws_kms_alias" "all" {
  name          = "alias/all"
  target_key_id = aws_kms_key.all.key_id
}

resource "aws_kms_grant" "reader" {
  name              = "reader"
  key_id            = aws_kms_key.all.key_id
  grantee_principal = module.reader.role_arn
  operations        = ["Decrypt", "GenerateDataKey"]
}

resource "aws_dynamodb_table" "orders" {
  name         = "orders"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "pk"

  attribute {
    name = "pk"
    type = "S"
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.all.arn
  }
}

resource "aws_s3_bucket" "files" {
  bucket        = "files-${data.aws_caller_identity.me.account_id}"
  force_destroy = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "files" {
  bucket = aws_s3_bucket.files.id

  rule {
    bucket_key_enabled = true
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.all.arn
    }
  }
}

resource "aws_sqs_queue" "work" {
  name                              = "work"
  kms_master_key_id                 = aws_kms_alias.all.name
  kms_data_key_reuse_period_seconds = 300
}

resource "aws_sns_topic" "news" {
  name              = "news"
  kms_master_key_id = aws_kms_key.all.arn
}

resource "aws_cloudwatch_log_group" "audit" {
  name       = "/audit/all"
  kms_key_id = aws_kms_key.all.arn
}

module "reader" {
  source     = "../modules/python_function"
  name       = "reader"
  statements = [{ Effect = "Allow", Action = ["dynamodb:GetItem"], Resource = "*" }]
}

output "key_arn" {
  value = aws_kms_key.all.arn
}

output "queue_url" {
  value = aws_sqs_queue.work.url
}
