# A table's stream to a function, with the role policy that reading it needs.

variable "stream_arn" {
  type = string
}

variable "function" {
  description = "A python_function module"
  type        = any
}

variable "patterns" {
  type    = list(string)
  default = []
}

variable "settings" {
  description = "Arguments of aws_lambda_event_source_mapping that differ from its defaults"
  type        = any
  default     = {}
}

variable "on_failure_arn" {
  type    = string
  default = null
}

resource "aws_iam_role_policy" "read_stream" {
  name = "read-stream"
  role = var.function.role_name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Action = [
          "dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams",
        ]
        Resource = "${split("/stream/", var.stream_arn)[0]}/stream/*"
      },
    ]
  })
}

resource "aws_lambda_event_source_mapping" "mapping" {
  event_source_arn                   = var.stream_arn
  function_name                      = var.function.arn
  starting_position                  = try(var.settings.starting_position, "TRIM_HORIZON")
  batch_size                         = try(var.settings.batch_size, 100)
  maximum_batching_window_in_seconds = try(var.settings.window, null)
  parallelization_factor             = try(var.settings.parallelization_factor, null)
  maximum_retry_attempts             = try(var.settings.retries, null)
  maximum_record_age_in_seconds      = try(var.settings.record_age, null)
  bisect_batch_on_function_error     = try(var.settings.bisect, null)
  tumbling_window_in_seconds         = try(var.settings.tumbling_window, null)
  function_response_types            = try(var.settings.response_types, null)

  dynamic "filter_criteria" {
    for_each = length(var.patterns) > 0 ? [1] : []
    content {
      dynamic "filter" {
        for_each = var.patterns
        content {
          pattern = filter.value
        }
      }
    }
  }

  dynamic "destination_config" {
    for_each = var.on_failure_arn == null ? [] : [1]
    content {
      on_failure {
        destination_arn = var.on_failure_arn
      }
    }
  }

  depends_on = [aws_iam_role_policy.read_stream]
}

output "uuid" {
  value = aws_lambda_event_source_mapping.mapping.uuid
}
