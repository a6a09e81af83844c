# A pipe from a table's stream to a bus: what is inserted, enriched by a function, reaches a queue by a rule.
provider "aws" {
  region = "us-east-1"
}

resource "aws_dynamodb_table" "orders" {
  name             = "orders"
  billing_mode     = "PAY_PER_REQUEST"
  hash_key         = "pk"
  stream_enabled   = true
  stream_view_type = "NEW_AND_OLD_IMAGES"
  attribute {
    name = "pk"
    type = "S"
  }
}

resource "aws_cloudwatch_event_bus" "orders" {
  name = "orders"
}

resource "aws_sqs_queue" "heard" {
  name = "heard"
}

resource "aws_sqs_queue_policy" "heard" {
  queue_url = aws_sqs_queue.heard.url
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = aws_sqs_queue.heard.arn
    }]
  })
}

resource "aws_cloudwatch_event_rule" "orders" {
  name           = "orders"
  event_bus_name = aws_cloudwatch_event_bus.orders.name
  event_pattern  = jsonencode({ detail-type = ["order"] })
}

resource "aws_cloudwatch_event_target" "heard" {
  rule           = aws_cloudwatch_event_rule.orders.name
  event_bus_name = aws_cloudwatch_event_bus.orders.name
  arn            = aws_sqs_queue.heard.arn
  input_path     = "$.detail"
}

module "enrich" {
  source = "../modules/python_function"
  name   = "enrich"
}

resource "aws_iam_role" "pipe" {
  name = "pipe"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "pipes.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "pipe" {
  role = aws_iam_role.pipe.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"]
        Resource = aws_dynamodb_table.orders.stream_arn
      },
      { Effect = "Allow", Action = "lambda:InvokeFunction", Resource = module.enrich.arn },
      { Effect = "Allow", Action = "events:PutEvents", Resource = aws_cloudwatch_event_bus.orders.arn },
    ]
  })
}

resource "aws_pipes_pipe" "orders" {
  name       = "orders"
  role_arn   = aws_iam_role.pipe.arn
  source     = aws_dynamodb_table.orders.stream_arn
  enrichment = module.enrich.arn
  target     = aws_cloudwatch_event_bus.orders.arn
  tags       = { team = "shop" }
  source_parameters {
    dynamodb_stream_parameters {
      starting_position = "TRIM_HORIZON"
      batch_size        = 5
    }
    filter_criteria {
      filter {
        pattern = jsonencode({ eventName = ["INSERT"] })
      }
    }
  }
  target_parameters {
    eventbridge_event_bus_parameters {
      detail_type = "order"
      source      = "shop"
    }
  }
  depends_on = [aws_iam_role_policy.pipe]
}

output "heard" {
  value = aws_sqs_queue.heard.url
}
