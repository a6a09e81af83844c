# Replicas as resources of their own, in the provider of their region. Each table ignores the `replica` blocks that it
# would otherwise miss.
provider "aws" {
  region = "us-east-1"
}

provider "aws" {
  alias  = "eu"
  region = "eu-west-1"
}

# AWS managed keys, which the provider itself asks for when it reads a replica.
data "aws_kms_key" "managed" {
  provider = aws.eu
  key_id   = "alias/aws/dynamodb"
}

data "aws_kms_alias" "managed" {
  name = "alias/aws/dynamodb"
}

resource "aws_dynamodb_table" "orders" {
  name             = "orders"
  billing_mode     = "PAY_PER_REQUEST"
  hash_key         = "pk"
  stream_enabled   = true
  stream_view_type = "NEW_AND_OLD_IMAGES"
  attribute {
    name = "pk"
    type = "S"
  }
  attribute {
    name = "kind"
    type = "S"
  }
  global_secondary_index {
    name            = "by-kind"
    hash_key        = "kind"
    projection_type = "ALL"
  }
  server_side_encryption {
    enabled = true
  }
  lifecycle {
    ignore_changes = [replica]
  }
}

resource "aws_dynamodb_table_replica" "orders" {
  # Not deletion_protection_enabled: turning it on took three minutes here, for a reason that wasn't found.
  provider               = aws.eu
  global_table_arn       = aws_dynamodb_table.orders.arn
  table_class_override   = "STANDARD_INFREQUENT_ACCESS"
  point_in_time_recovery = false
  tags = {
    Team = "a"
  }
}

# Encrypted by keys of the customer's, one in each region.
resource "aws_kms_key" "here" {
  deletion_window_in_days = 7
}

resource "aws_kms_key" "there" {
  provider                = aws.eu
  deletion_window_in_days = 7
}

resource "aws_dynamodb_table" "secrets" {
  name             = "secrets"
  billing_mode     = "PAY_PER_REQUEST"
  hash_key         = "pk"
  stream_enabled   = true
  stream_view_type = "NEW_AND_OLD_IMAGES"
  attribute {
    name = "pk"
    type = "S"
  }
  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.here.arn
  }
  lifecycle {
    ignore_changes = [replica]
  }
}

resource "aws_dynamodb_table_replica" "secrets" {
  provider               = aws.eu
  global_table_arn       = aws_dynamodb_table.secrets.arn
  kms_key_arn            = aws_kms_key.there.arn
  point_in_time_recovery = true
}

output "managed_key" {
  value = [data.aws_kms_key.managed.arn, data.aws_kms_key.managed.key_manager, data.aws_kms_alias.managed.target_key_arn]
}

output "own_key" {
  value = aws_kms_key.there.arn
}
