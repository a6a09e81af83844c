# The outbox pattern: what is written into a table's outbox goes out through a queue.
provider "aws" {
  region = "us-east-1"
}

module "table" {
  source    = "../modules/stream_table"
  name      = "orders"
  range_key = "sk"
  view_type = "NEW_IMAGE"
}

resource "aws_sqs_queue" "events" {
  name                      = "order-events"
  message_retention_seconds = 86400
}

module "relay" {
  source      = "../modules/python_function"
  name        = "outbox-relay"
  environment = { QUEUE_URL = aws_sqs_queue.events.url }
  statements  = [{ Effect = "Allow", Action = "sqs:SendMessage", Resource = aws_sqs_queue.events.arn }]
}

module "mapping" {
  source     = "../modules/stream_mapping"
  stream_arn = module.table.stream_arn
  function   = module.relay
  patterns   = [jsonencode({ eventName = ["INSERT"], dynamodb = { Keys = { sk = { S = [{ prefix = "outbox#" }] } } } })]
}

output "queue_url" {
  value = aws_sqs_queue.events.url
}
