# Every argument of aws_dynamodb_table that makes sense here, and the resources round tables. Not aws_dynamodb_global_table:
# it makes global tables of version 2017.11.29, which AWS itself refuses by now. aws_dynamodb_table_replica: table_replicas.
provider "aws" {
  region = "us-east-1"
}

data "aws_caller_identity" "me" {}

resource "aws_dynamodb_table" "settings" {
  name                        = "settings"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "pk"
  range_key                   = "sk"
  table_class                 = "STANDARD_INFREQUENT_ACCESS"
  deletion_protection_enabled = true
  stream_enabled              = true
  stream_view_type            = "KEYS_ONLY"

  attribute {
    name = "pk"
    type = "S"
  }
  attribute {
    name = "sk"
    type = "N"
  }
  attribute {
    name = "kind"
    type = "S"
  }

  local_secondary_index {
    name               = "local-kind"
    range_key          = "kind"
    projection_type    = "INCLUDE"
    non_key_attributes = ["title"]
  }
  global_secondary_index {
    name            = "by-kind"
    hash_key        = "kind"
    range_key       = "sk"
    projection_type = "ALL"
  }

  on_demand_throughput {
    max_read_request_units  = 100
    max_write_request_units = 50
  }
  point_in_time_recovery {
    enabled                 = true
    recovery_period_in_days = 7
  }
  ttl {
    enabled        = true
    attribute_name = "until"
  }
  server_side_encryption {
    enabled = true
  }
  tags = {
    Team = "a"
  }
}

resource "aws_dynamodb_table" "switched" {
  name             = "switched"
  stream_enabled   = true
  stream_view_type = "OLD_IMAGE"
  billing_mode     = "PROVISIONED"
  read_capacity    = 3
  write_capacity   = 4
  hash_key         = "pk"
  attribute {
    name = "pk"
    type = "S"
  }
  global_secondary_index {
    name            = "again"
    hash_key        = "pk"
    projection_type = "KEYS_ONLY"
    read_capacity   = 1
    write_capacity  = 2
  }
  lifecycle {
    ignore_changes = [tags, tags_all]
  }
}

resource "aws_dynamodb_tag" "extra" {
  resource_arn = aws_dynamodb_table.switched.arn
  key          = "extra"
  value        = "one"
}

resource "aws_dynamodb_table" "everywhere" {
  name             = "everywhere"
  billing_mode     = "PAY_PER_REQUEST"
  hash_key         = "pk"
  stream_enabled   = true
  stream_view_type = "NEW_AND_OLD_IMAGES"
  attribute {
    name = "pk"
    type = "S"
  }
  replica {
    region_name            = "eu-west-1"
    propagate_tags         = true
    point_in_time_recovery = true
  }
  tags = {
    Team = "a"
  }
}

resource "aws_dynamodb_table_item" "first" {
  table_name = aws_dynamodb_table.settings.name
  hash_key   = "pk"
  range_key  = "sk"
  item       = jsonencode({ pk = { S = "first" }, sk = { N = "1" }, kind = { S = "seed" } })
}

resource "aws_dynamodb_resource_policy" "settings" {
  resource_arn = aws_dynamodb_table.settings.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "readers"
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.me.account_id}:root" }
      Action    = ["dynamodb:GetItem"]
      Resource  = aws_dynamodb_table.settings.arn
    }]
  })
}

resource "aws_dynamodb_contributor_insights" "settings" {
  table_name = aws_dynamodb_table.settings.name
}

resource "aws_dynamodb_kinesis_streaming_destination" "settings" {
  table_name = aws_dynamodb_table.settings.name
  stream_arn = "arn:aws:kinesis:us-east-1:${data.aws_caller_identity.me.account_id}:stream/changes"
}

resource "aws_s3_bucket" "files" {
  bucket        = "table-files-${data.aws_caller_identity.me.account_id}"
  force_destroy = true
}

resource "aws_s3_object" "rows" {
  bucket  = aws_s3_bucket.files.bucket
  key     = "rows/a.csv"
  content = "pk;title\none;First\ntwo;Second\n"
}

resource "aws_dynamodb_table" "imported" {
  name         = "imported"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "pk"
  attribute {
    name = "pk"
    type = "S"
  }
  import_table {
    input_format           = "CSV"
    input_compression_type = "NONE"
    input_format_options {
      csv {
        delimiter = ";"
      }
    }
    s3_bucket_source {
      bucket     = aws_s3_bucket.files.bucket
      key_prefix = "rows/"
    }
  }
  depends_on = [aws_s3_object.rows]
}

resource "aws_dynamodb_table" "restored" {
  name                   = "restored"
  billing_mode           = "PAY_PER_REQUEST"
  hash_key               = "pk"
  range_key              = "sk"
  restore_source_name    = aws_dynamodb_table.settings.name
  restore_to_latest_time = true
  attribute {
    name = "pk"
    type = "S"
  }
  attribute {
    name = "sk"
    type = "N"
  }
  attribute {
    name = "kind"
    type = "S"
  }
  local_secondary_index {
    name               = "local-kind"
    range_key          = "kind"
    projection_type    = "INCLUDE"
    non_key_attributes = ["title"]
  }
  global_secondary_index {
    name            = "by-kind"
    hash_key        = "kind"
    range_key       = "sk"
    projection_type = "ALL"
  }
  lifecycle {
    # What a restored table takes over from its source without being asked.
    ignore_changes = [table_class, server_side_encryption, on_demand_throughput]
  }
  depends_on = [aws_dynamodb_table_item.first]
}

resource "aws_dynamodb_table_export" "settings" {
  table_arn  = aws_dynamodb_table.settings.arn
  s3_bucket  = aws_s3_bucket.files.bucket
  s3_prefix  = "exports"
  depends_on = [aws_dynamodb_table_item.first]
}
