# A pipe from a queue by a filter and a function to another function: what a Lambda mapping with a filter used to be.
provider "aws" {
  region = "us-east-1"
}

data "aws_caller_identity" "main" {}

resource "aws_sqs_queue" "source" {
  name                       = "pipe-source"
  visibility_timeout_seconds = 30
}

module "enrichment" {
  source      = "../modules/python_function"
  name        = "pipe-enrichment"
  source_file = "enrichment.py"
}

module "target" {
  source = "../modules/python_function"
  name   = "pipe-target"
}

resource "aws_iam_role" "pipe" {
  name = "pipe-role"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = {
      Effect = "Allow"
      Action = "sts:AssumeRole"
      Principal = {
        Service = "pipes.amazonaws.com"
      }
      Condition = {
        StringEquals = {
          "aws:SourceAccount" = data.aws_caller_identity.main.account_id
        }
      }
    }
  })
}

resource "aws_iam_role_policy" "source" {
  role = aws_iam_role.pipe.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]
        Resource = [aws_sqs_queue.source.arn]
      },
    ]
  })
}

resource "aws_iam_role_policy" "functions" {
  role = aws_iam_role.pipe.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["lambda:InvokeFunction"]
        Resource = [module.enrichment.arn, module.target.arn]
      },
    ]
  })
}

resource "aws_cloudwatch_log_group" "pipe" {
  name = "/aws/vendedlogs/pipes/queue-pipe"
}

resource "aws_pipes_pipe" "this" {
  depends_on = [aws_iam_role_policy.source, aws_iam_role_policy.functions]

  name        = "queue-pipe"
  description = "Large orders only"
  role_arn    = aws_iam_role.pipe.arn
  source      = aws_sqs_queue.source.arn
  enrichment  = module.enrichment.arn
  target      = module.target.arn

  source_parameters {
    filter_criteria {
      filter {
        pattern = jsonencode({ body = { total = [{ numeric = [">=", 100] }] } })
      }
    }
    sqs_queue_parameters {
      batch_size                         = 1
      maximum_batching_window_in_seconds = 0
    }
  }

  enrichment_parameters {
    input_template = <<-EOT
      {"order": <$.body.order>, "total": <$.body.total>}
    EOT
  }

  target_parameters {
    lambda_function_parameters {
      invocation_type = "REQUEST_RESPONSE"
    }
  }

  log_configuration {
    level = "ERROR"
    cloudwatch_logs_log_destination {
      log_group_arn = aws_cloudwatch_log_group.pipe.arn
    }
  }

  tags = {
    Name = "queue-pipe"
  }
}

output "queue_url" {
  value = aws_sqs_queue.source.url
}
