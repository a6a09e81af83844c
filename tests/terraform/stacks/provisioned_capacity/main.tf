# Provisioned tables, with an index, that become on-demand; encryption; deletion protection off.
provider "aws" {
  region = "us-east-1"
}

resource "aws_dynamodb_table" "ledger" {
  name           = "ledger"
  billing_mode   = "PROVISIONED"
  read_capacity  = 5
  write_capacity = 4
  hash_key       = "account"
  range_key      = "at"

  attribute {
    name = "account"
    type = "S"
  }
  attribute {
    name = "at"
    type = "N"
  }
  attribute {
    name = "kind"
    type = "B"
  }

  global_secondary_index {
    name            = "by-kind"
    hash_key        = "kind"
    range_key       = "at"
    projection_type = "KEYS_ONLY"
    read_capacity   = 3
    write_capacity  = 2
  }

  server_side_encryption {
    enabled = true
  }
}
