# An outbox: a pipe from the table's stream to a FIFO queue, whose reader finds its settings in the Parameter Store.
provider "aws" {
  region = "us-east-1"
}

variable "environment" {
  type    = string
  default = "staging"
}

data "aws_caller_identity" "current" {}
data "aws_region" "current" {}

locals {
  name   = "outbox-${var.environment}"
  prefix = "/${var.environment}/outbox"
}

resource "aws_dynamodb_table" "outbox" {
  name             = local.name
  billing_mode     = "PAY_PER_REQUEST"
  hash_key         = "aggregate"
  range_key        = "sequence"
  stream_enabled   = true
  stream_view_type = "NEW_IMAGE"

  attribute {
    name = "aggregate"
    type = "S"
  }

  attribute {
    name = "sequence"
    type = "N"
  }
}

resource "aws_sqs_queue" "dlq" {
  name       = "${local.name}-dlq.fifo"
  fifo_queue = true
}

resource "aws_sqs_queue" "events" {
  name                        = "${local.name}.fifo"
  fifo_queue                  = true
  content_based_deduplication = true
  redrive_policy              = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dlq.arn, maxReceiveCount = 3 })
}

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["pipes.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "pipe" {
  statement {
    actions   = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"]
    resources = [aws_dynamodb_table.outbox.stream_arn]
  }
  statement {
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.events.arn]
  }
}

resource "aws_iam_role" "pipe" {
  name_prefix        = "outbox-pipe-"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy" "pipe" {
  name   = "pipe"
  role   = aws_iam_role.pipe.id
  policy = data.aws_iam_policy_document.pipe.json
}

resource "aws_pipes_pipe" "outbox" {
  name          = local.name
  role_arn      = aws_iam_role.pipe.arn
  source        = aws_dynamodb_table.outbox.stream_arn
  target        = aws_sqs_queue.events.arn
  desired_state = "RUNNING"

  source_parameters {
    dynamodb_stream_parameters {
      starting_position                  = "TRIM_HORIZON"
      batch_size                         = 10
      maximum_retry_attempts             = 5
      on_partial_batch_item_failure      = "AUTOMATIC_BISECT"
      maximum_record_age_in_seconds      = 3600
      maximum_batching_window_in_seconds = 0
    }
    filter_criteria {
      filter {
        pattern = jsonencode({ eventName = ["INSERT"] })
      }
    }
  }

  target_parameters {
    input_template = "{\"aggregate\": <$.dynamodb.Keys.aggregate.S>, \"kind\": <$.dynamodb.NewImage.kind.S>}"
    sqs_queue_parameters {
      message_group_id = "$.dynamodb.Keys.aggregate.S"
    }
  }

  depends_on = [aws_iam_role_policy.pipe]
}

resource "aws_ssm_parameter" "this" {
  for_each = {
    "kinds" = { type = "StringList", value = "created,paid" }
    "level" = { type = "String", value = "info" }
    "token" = { type = "SecureString", value = "first" }
  }
  name      = "${local.prefix}/${each.key}"
  type      = each.value.type
  value     = each.value.value
  overwrite = true
}

data "aws_ssm_parameter" "level" {
  name       = "${local.prefix}/level"
  depends_on = [aws_ssm_parameter.this]
}

data "aws_kms_alias" "ssm" {
  name       = "alias/aws/ssm"
  depends_on = [aws_ssm_parameter.this]
}

module "consumer" {
  source      = "../modules/python_function"
  name        = "${local.name}-consumer"
  environment = { PREFIX = local.prefix, LEVEL = data.aws_ssm_parameter.level.insecure_value }
  statements = [
    { Effect = "Allow", Action = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], Resource = aws_sqs_queue.events.arn },
    { Effect = "Allow", Action = "ssm:GetParameters", Resource = "arn:aws:ssm:${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}:parameter${local.prefix}/*" },
    { Effect = "Allow", Action = "kms:Decrypt", Resource = data.aws_kms_alias.ssm.target_key_arn },
  ]
}

resource "aws_lambda_event_source_mapping" "consumer" {
  event_source_arn        = aws_sqs_queue.events.arn
  function_name           = module.consumer.arn
  batch_size              = 10
  function_response_types = ["ReportBatchItemFailures"]
}

output "table" {
  value = aws_dynamodb_table.outbox.name
}

output "log_group" {
  value = module.consumer.log_group
}
