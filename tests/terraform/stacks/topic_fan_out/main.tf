# A topic between the stream's function and two queues.
provider "aws" {
  region = "us-east-1"
}

module "table" {
  source = "../modules/stream_table"
  name   = "news"
}

resource "aws_sns_topic" "news" {
  name = "news"
}

resource "aws_sqs_queue" "reader" {
  for_each = toset(["all", "sports"])
  name     = "reader-${each.key}"
}

resource "aws_sqs_queue_policy" "reader" {
  for_each  = aws_sqs_queue.reader
  queue_url = each.value.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sqs:SendMessage"
      Resource  = each.value.arn
      Principal = { Service = "sns.amazonaws.com" }
      Condition = { ArnEquals = { "aws:SourceArn" = aws_sns_topic.news.arn } }
    }]
  })
}

resource "aws_sns_topic_subscription" "reader" {
  for_each             = aws_sqs_queue.reader
  topic_arn            = aws_sns_topic.news.arn
  protocol             = "sqs"
  endpoint             = each.value.arn
  raw_message_delivery = true
  filter_policy        = each.key == "all" ? null : jsonencode({ kind = [each.key] })
  depends_on           = [aws_sqs_queue_policy.reader]
}

module "publisher" {
  source      = "../modules/python_function"
  name        = "publisher"
  environment = { TOPIC = aws_sns_topic.news.arn }
  statements  = [{ Effect = "Allow", Action = "sns:Publish", Resource = aws_sns_topic.news.arn }]
}

module "mapping" {
  source     = "../modules/stream_mapping"
  stream_arn = module.table.stream_arn
  function   = module.publisher
}

output "urls" {
  value = { for name, queue in aws_sqs_queue.reader : name => queue.url }
}
