variable "name" {}
variable "stream" { default = null }
resource "aws_dynamodb_table" "this" {
  name             = var.name
  billing_mode     = "PAY_PER_REQUEST"
  hash_key         = "pk"
  stream_enabled   = var.stream != null
  stream_view_type = var.stream
  attribute {
    name = "pk"
    type = "S"
  }
  lifecycle {
    precondition {
      condition     = length(var.name) > 3
      error_message = "name"
    }
  }
}
output "arn" { value = aws_dynamodb_table.this.arn }
output "name" { value = aws_dynamodb_table.this.name }
output "stream_arn" { value = aws_dynamodb_table.this.stream_arn }
