# A bucket under watch: logs, inventory, metrics, analytics, tiering; replicated to a second one, with locked records.
provider "aws" {
  region = "us-east-1"
}

data "aws_caller_identity" "me" {}

data "aws_canonical_user_id" "me" {}

locals {
  account = data.aws_caller_identity.me.account_id
}

resource "aws_s3_bucket" "reports" {
  bucket        = "reports-${local.account}"
  force_destroy = true
}

resource "aws_s3_bucket_ownership_controls" "reports" {
  bucket = aws_s3_bucket.reports.id
  rule {
    object_ownership = "BucketOwnerPreferred"
  }
}

resource "aws_s3_bucket_acl" "reports" {
  bucket = aws_s3_bucket.reports.id
  access_control_policy {
    grant {
      grantee {
        id   = data.aws_canonical_user_id.me.id
        type = "CanonicalUser"
      }
      permission = "FULL_CONTROL"
    }
    grant {
      grantee {
        type = "Group"
        uri  = "http://acs.amazonaws.com/groups/s3/LogDelivery"
      }
      permission = "WRITE"
    }
    owner {
      id = data.aws_canonical_user_id.me.id
    }
  }
  depends_on = [aws_s3_bucket_ownership_controls.reports]
}

resource "aws_s3_bucket" "records" {
  bucket              = "records-${local.account}"
  force_destroy       = true
  object_lock_enabled = true
}

resource "aws_s3_bucket_versioning" "records" {
  bucket = aws_s3_bucket.records.id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_object_lock_configuration" "records" {
  bucket = aws_s3_bucket.records.id
  rule {
    default_retention {
      mode = "GOVERNANCE"
      days = 1
    }
  }
  depends_on = [aws_s3_bucket_versioning.records]
}

resource "aws_s3_bucket" "copies" {
  bucket        = "copies-${local.account}"
  force_destroy = true
}

resource "aws_s3_bucket_versioning" "copies" {
  bucket = aws_s3_bucket.copies.id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket" "work" {
  bucket        = "work-${local.account}"
  force_destroy = true
}

resource "aws_s3_bucket_versioning" "work" {
  bucket = aws_s3_bucket.work.id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_logging" "work" {
  bucket        = aws_s3_bucket.work.id
  target_bucket = aws_s3_bucket.reports.id
  target_prefix = "access/"
}

resource "aws_s3_bucket_accelerate_configuration" "work" {
  bucket = aws_s3_bucket.work.id
  status = "Enabled"
}

resource "aws_s3_bucket_request_payment_configuration" "work" {
  bucket = aws_s3_bucket.work.id
  payer  = "BucketOwner"
}

resource "aws_s3_bucket_metric" "work" {
  bucket = aws_s3_bucket.work.id
  name   = "photos"
  filter {
    prefix = "photos/"
    tags   = { Kind = "photo" }
  }
}

resource "aws_s3_bucket_analytics_configuration" "work" {
  bucket = aws_s3_bucket.work.id
  name   = "all"
  storage_class_analysis {
    data_export {
      destination {
        s3_bucket_destination {
          bucket_arn = aws_s3_bucket.reports.arn
          prefix     = "analytics"
        }
      }
    }
  }
}

resource "aws_s3_bucket_intelligent_tiering_configuration" "work" {
  bucket = aws_s3_bucket.work.id
  name   = "old"
  filter {
    prefix = "old/"
  }
  tiering {
    access_tier = "ARCHIVE_ACCESS"
    days        = 125
  }
}

resource "aws_s3_bucket_inventory" "work" {
  bucket                   = aws_s3_bucket.work.id
  name                     = "weekly"
  included_object_versions = "All"
  optional_fields          = ["Size", "ETag"]
  schedule {
    frequency = "Weekly"
  }
  destination {
    bucket {
      format     = "CSV"
      bucket_arn = aws_s3_bucket.reports.arn
      prefix     = "inventory"
    }
  }
}

resource "aws_iam_role" "replication" {
  name = "replication"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "s3.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "replication" {
  name = "replicate"
  role = aws_iam_role.replication.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "s3:*", Resource = "*" }]
  })
}

resource "aws_s3_bucket_replication_configuration" "work" {
  bucket = aws_s3_bucket.work.id
  role   = aws_iam_role.replication.arn
  rule {
    id     = "photos"
    status = "Enabled"
    filter {
      prefix = "photos/"
    }
    delete_marker_replication {
      status = "Disabled"
    }
    destination {
      bucket        = aws_s3_bucket.copies.arn
      storage_class = "STANDARD_IA"
    }
  }
  depends_on = [aws_s3_bucket_versioning.work, aws_s3_bucket_versioning.copies]
}

resource "aws_s3_object" "photo" {
  bucket             = aws_s3_bucket.work.id
  key                = "photos/one.txt"
  content            = "one"
  checksum_algorithm = "SHA256"
  storage_class      = "STANDARD"
  cache_control      = "no-cache"
  depends_on         = [aws_s3_bucket_replication_configuration.work, aws_iam_role_policy.replication]
}

resource "aws_s3_object_copy" "photo" {
  bucket = aws_s3_bucket.work.id
  key    = "kept/one.txt"
  source = "${aws_s3_bucket.work.id}/${aws_s3_object.photo.key}"
}

resource "aws_s3_object" "record" {
  bucket                        = aws_s3_bucket.records.id
  key                           = "record.json"
  content                       = jsonencode({ kept = true })
  content_type                  = "application/json"
  object_lock_mode              = "GOVERNANCE"
  object_lock_retain_until_date = "2099-01-01T00:00:00Z"
  object_lock_legal_hold_status = "OFF"
  force_destroy                 = true
  depends_on                    = [aws_s3_bucket_object_lock_configuration.records]
}

data "aws_s3_object" "record" {
  bucket = aws_s3_object.record.bucket
  key    = aws_s3_object.record.key
}

data "aws_s3_objects" "photos" {
  bucket     = aws_s3_bucket.work.id
  prefix     = "photos/"
  depends_on = [aws_s3_object.photo]
}

output "record" {
  value = jsondecode(data.aws_s3_object.record.body)
}

output "photos" {
  value = data.aws_s3_objects.photos.keys
}

output "checksum" {
  value = aws_s3_object.photo.checksum_sha256
}
