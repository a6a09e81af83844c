# Records that a function can't take end in a queue; the stream goes on.
provider "aws" {
  region = "us-east-1"
}

module "table" {
  source = "../modules/stream_table"
  name   = "jobs"
}

resource "aws_sqs_queue" "failed" {
  name = "failed-jobs"
}

module "worker" {
  source     = "../modules/python_function"
  name       = "worker"
  statements = [{ Effect = "Allow", Action = "sqs:SendMessage", Resource = aws_sqs_queue.failed.arn }]
}

module "mapping" {
  source         = "../modules/stream_mapping"
  stream_arn     = module.table.stream_arn
  function       = module.worker
  on_failure_arn = aws_sqs_queue.failed.arn
  settings       = { retries = 0, batch_size = 10, bisect = true }
}

output "queue_url" {
  value = aws_sqs_queue.failed.url
}
