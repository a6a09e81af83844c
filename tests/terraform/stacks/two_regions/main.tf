# The same names in two regions, which don't see each other.
provider "aws" {
  region = "us-east-1"
}

provider "aws" {
  alias  = "eu"
  region = "eu-west-1"
}

data "aws_caller_identity" "me" {}

resource "aws_dynamodb_table" "us" {
  name         = "profiles"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "pk"
  attribute {
    name = "pk"
    type = "S"
  }
}

resource "aws_dynamodb_table" "eu" {
  provider         = aws.eu
  name             = "profiles"
  billing_mode     = "PAY_PER_REQUEST"
  hash_key         = "pk"
  stream_enabled   = true
  stream_view_type = "KEYS_ONLY"
  attribute {
    name = "pk"
    type = "S"
  }
}

resource "aws_s3_bucket" "eu" {
  provider = aws.eu
  bucket   = "profiles-eu-${data.aws_caller_identity.me.account_id}"
}

resource "aws_cloudwatch_log_group" "eu" {
  provider          = aws.eu
  name              = "/profiles"
  retention_in_days = 3
}
