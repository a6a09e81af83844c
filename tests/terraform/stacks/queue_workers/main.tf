# Queues as sources of mappings: a standard one with a dead-letter queue, and a FIFO one.
provider "aws" {
  region = "us-east-1"
}

resource "aws_sqs_queue" "dead" {
  name = "jobs-dead"
}

resource "aws_sqs_queue" "jobs" {
  name                       = "jobs"
  visibility_timeout_seconds = 60
  redrive_policy             = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead.arn, maxReceiveCount = 3 })
}

resource "aws_sqs_queue_redrive_allow_policy" "dead" {
  queue_url            = aws_sqs_queue.dead.id
  redrive_allow_policy = jsonencode({ redrivePermission = "byQueue", sourceQueueArns = [aws_sqs_queue.jobs.arn] })
}

resource "aws_sqs_queue" "steps" {
  name                        = "steps.fifo"
  fifo_queue                  = true
  content_based_deduplication = true
  deduplication_scope         = "messageGroup"
  fifo_throughput_limit       = "perMessageGroupId"
  visibility_timeout_seconds  = 60
}

module "worker" {
  source = "../modules/python_function"
  name   = "worker"
  statements = [{
    Effect   = "Allow"
    Action   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
    Resource = [aws_sqs_queue.jobs.arn, aws_sqs_queue.steps.arn]
  }]
}

resource "aws_lambda_event_source_mapping" "jobs" {
  event_source_arn                   = aws_sqs_queue.jobs.arn
  function_name                      = module.worker.arn
  batch_size                         = 20
  maximum_batching_window_in_seconds = 1
  function_response_types            = ["ReportBatchItemFailures"]

  scaling_config {
    maximum_concurrency = 2
  }
}

resource "aws_lambda_event_source_mapping" "steps" {
  event_source_arn = aws_sqs_queue.steps.arn
  function_name    = module.worker.arn
  batch_size       = 1
}

output "jobs_url" {
  value = aws_sqs_queue.jobs.url
}

output "steps_url" {
  value = aws_sqs_queue.steps.url
}
