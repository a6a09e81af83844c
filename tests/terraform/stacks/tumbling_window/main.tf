# Sums per window of time, kept in the window's state, written to a second table when it closes.
provider "aws" {
  region = "us-east-1"
}

module "sales" {
  source = "../modules/stream_table"
  name   = "sales"
}

resource "aws_dynamodb_table" "totals" {
  name         = "totals"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "window"
  attribute {
    name = "window"
    type = "S"
  }
}

module "summer" {
  source      = "../modules/python_function"
  name        = "summer"
  environment = { TOTALS = aws_dynamodb_table.totals.name }
  statements  = [{ Effect = "Allow", Action = "dynamodb:UpdateItem", Resource = aws_dynamodb_table.totals.arn }]
}

module "mapping" {
  source     = "../modules/stream_mapping"
  stream_arn = module.sales.stream_arn
  function   = module.summer
  settings   = { tumbling_window = 1, batch_size = 10 }
}
