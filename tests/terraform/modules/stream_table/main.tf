# An on-demand table with string keys and a stream.

variable "name" {
  type = string
}

variable "range_key" {
  type    = string
  default = null
}

variable "view_type" {
  type    = string
  default = "NEW_AND_OLD_IMAGES"
}

variable "ttl" {
  type    = string
  default = null
}

variable "tags" {
  type    = map(string)
  default = {}
}

resource "aws_dynamodb_table" "table" {
  name             = var.name
  billing_mode     = "PAY_PER_REQUEST"
  hash_key         = "pk"
  range_key        = var.range_key
  stream_enabled   = true
  stream_view_type = var.view_type
  tags             = var.tags

  dynamic "attribute" {
    for_each = compact(["pk", var.range_key])
    content {
      name = attribute.value
      type = "S"
    }
  }

  dynamic "ttl" {
    for_each = compact([var.ttl])
    content {
      attribute_name = ttl.value
      enabled        = true
    }
  }
}

output "name" {
  value = aws_dynamodb_table.table.name
}

output "arn" {
  value = aws_dynamodb_table.table.arn
}

output "stream_arn" {
  value = aws_dynamodb_table.table.stream_arn
}
