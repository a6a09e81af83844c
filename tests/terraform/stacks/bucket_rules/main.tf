# A bucket whose objects age: lifecycle rules of every kind.
provider "aws" {
  region = "us-east-1"
}

data "aws_caller_identity" "me" {}

resource "aws_s3_bucket" "aging" {
  bucket        = "aging-${data.aws_caller_identity.me.account_id}"
  force_destroy = true
}

resource "aws_s3_bucket_versioning" "aging" {
  bucket = aws_s3_bucket.aging.id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "aging" {
  bucket     = aws_s3_bucket.aging.id
  depends_on = [aws_s3_bucket_versioning.aging]

  rule {
    id     = "logs"
    status = "Enabled"
    filter {
      and {
        prefix                   = "logs/"
        tags                     = { Keep = "no" }
        object_size_greater_than = 0
        object_size_less_than    = 1000000
      }
    }
    expiration {
      days = 30
    }
    transition {
      days          = 10
      storage_class = "GLACIER_IR"
    }
  }

  rule {
    id     = "versions"
    status = "Enabled"
    filter {}
    noncurrent_version_expiration {
      noncurrent_days           = 7
      newer_noncurrent_versions = 2
    }
    noncurrent_version_transition {
      noncurrent_days = 3
      storage_class   = "GLACIER"
    }
    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }

  rule {
    id     = "markers"
    status = "Disabled"
    filter {
      prefix = "tmp/"
    }
    expiration {
      expired_object_delete_marker = true
    }
  }
}

resource "aws_s3_bucket_notification" "aging" {
  bucket      = aws_s3_bucket.aging.id
  eventbridge = true
}

data "aws_s3_bucket_policy" "aging" {
  bucket     = aws_s3_bucket_policy.aging.bucket
  depends_on = [aws_s3_bucket_policy.aging]
}

resource "aws_s3_bucket_policy" "aging" {
  bucket = aws_s3_bucket.aging.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "OnlyTls"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = [aws_s3_bucket.aging.arn, "${aws_s3_bucket.aging.arn}/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })
}

output "policy" {
  value = jsondecode(data.aws_s3_bucket_policy.aging.policy)
}
