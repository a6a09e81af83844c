# One table for several kinds of things: two global indexes, a local one, TTL, point-in-time recovery.
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region = "us-east-1"
  default_tags {
    tags = { Team = "orders" }
  }
}

resource "aws_dynamodb_table" "single" {
  name         = "single-table"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "PK"
  range_key    = "SK"

  attribute {
    name = "PK"
    type = "S"
  }
  attribute {
    name = "SK"
    type = "S"
  }
  attribute {
    name = "GSI1PK"
    type = "S"
  }
  attribute {
    name = "Amount"
    type = "N"
  }

  global_secondary_index {
    name            = "by-kind"
    hash_key        = "GSI1PK"
    range_key       = "SK"
    projection_type = "ALL"
  }
  global_secondary_index {
    name               = "by-amount"
    hash_key           = "GSI1PK"
    range_key          = "Amount"
    projection_type    = "INCLUDE"
    non_key_attributes = ["Title"]
  }
  local_secondary_index {
    name            = "local-amount"
    range_key       = "Amount"
    projection_type = "KEYS_ONLY"
  }

  ttl {
    attribute_name = "ExpiresAt"
    enabled        = true
  }
  point_in_time_recovery {
    enabled = true
  }
}

resource "aws_dynamodb_table_item" "seed" {
  table_name = aws_dynamodb_table.single.name
  hash_key   = aws_dynamodb_table.single.hash_key
  range_key  = aws_dynamodb_table.single.range_key
  item       = jsonencode({ PK = { S = "config" }, SK = { S = "v1" }, Limits = { M = { max = { N = "12.5" } } } })
}
