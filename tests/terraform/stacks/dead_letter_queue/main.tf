# A function whose failed asynchronous events end in its dead-letter queue.
provider "aws" {
  region = "us-east-1"
}

resource "aws_sqs_queue" "dead" {
  name = "dead-letters"
}

module "fragile" {
  source          = "../modules/python_function"
  name            = "fragile"
  dead_letter_arn = aws_sqs_queue.dead.arn
  statements      = [{ Effect = "Allow", Action = "sqs:SendMessage", Resource = aws_sqs_queue.dead.arn }]
}

resource "aws_lambda_function_event_invoke_config" "fragile" {
  function_name          = module.fragile.name
  maximum_retry_attempts = 0
}

output "queue_url" {
  value = aws_sqs_queue.dead.url
}
