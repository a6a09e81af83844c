# Asynchronous invocations: results go to one queue, failures to another.
provider "aws" {
  region = "us-east-1"
}

resource "aws_sqs_queue" "outcome" {
  for_each = toset(["succeeded", "failed"])
  name     = each.key
}

module "task" {
  source     = "../modules/python_function"
  name       = "task"
  statements = [{ Effect = "Allow", Action = "sqs:SendMessage", Resource = [for q in aws_sqs_queue.outcome : q.arn] }]
}

resource "aws_lambda_function_event_invoke_config" "task" {
  function_name                = module.task.name
  maximum_retry_attempts       = 0
  maximum_event_age_in_seconds = 120
  destination_config {
    on_success {
      destination = aws_sqs_queue.outcome["succeeded"].arn
    }
    on_failure {
      destination = aws_sqs_queue.outcome["failed"].arn
    }
  }
}

output "urls" {
  value = { for name, queue in aws_sqs_queue.outcome : name => queue.url }
}
