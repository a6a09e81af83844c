# All that there is round a log group: class, key, protection, stream, filters, saved query, policies.
provider "aws" {
  region = "us-east-1"
}

variable "days" {
  type    = number
  default = 14
}

data "aws_caller_identity" "me" {}

resource "aws_kms_key" "audit" {
  description             = "audit"
  deletion_window_in_days = 7
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.me.account_id}:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        Effect    = "Allow"
        Principal = { Service = "logs.us-east-1.amazonaws.com" }
        Action    = ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"]
        Resource  = "*"
        Condition = { ArnEquals = {
          "kms:EncryptionContext:aws:logs:arn" = "arn:aws:logs:us-east-1:${data.aws_caller_identity.me.account_id}:log-group:/audit/main"
        } }
      },
    ]
  })
}

resource "aws_cloudwatch_log_group" "audit" {
  name              = "/audit/main"
  retention_in_days = var.days
  kms_key_id        = aws_kms_key.audit.arn
  tags              = { Team = "audit" }
}

resource "aws_cloudwatch_log_group" "archive" {
  name            = "/audit/archive"
  log_group_class = "INFREQUENT_ACCESS"
}

resource "aws_cloudwatch_log_stream" "main" {
  name           = "main"
  log_group_name = aws_cloudwatch_log_group.audit.name
}

resource "aws_cloudwatch_log_metric_filter" "latency" {
  name           = "latency"
  log_group_name = aws_cloudwatch_log_group.audit.name
  pattern        = "{ $.ms > 0 }"
  metric_transformation {
    name       = "Latency"
    namespace  = "Audit"
    value      = "$.ms"
    unit       = "Milliseconds"
    dimensions = { Route = "$.route" }
  }
}

module "watcher" {
  source = "../modules/python_function"
  name   = "settings-watcher"
}

resource "aws_lambda_permission" "logs" {
  action        = "lambda:InvokeFunction"
  function_name = module.watcher.name
  principal     = "logs.us-east-1.amazonaws.com"
  source_arn    = "${aws_cloudwatch_log_group.audit.arn}:*"
}

resource "aws_cloudwatch_log_subscription_filter" "all" {
  name            = "all"
  log_group_name  = aws_cloudwatch_log_group.audit.name
  filter_pattern  = ""
  destination_arn = module.watcher.arn
  distribution    = "Random"
  depends_on      = [aws_lambda_permission.logs]
}

data "aws_iam_policy_document" "delivery" {
  statement {
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.audit.arn}:*"]
    principals {
      type        = "Service"
      identifiers = ["route53.amazonaws.com"]
    }
  }
}

resource "aws_cloudwatch_log_resource_policy" "delivery" {
  policy_name     = "delivery"
  policy_document = data.aws_iam_policy_document.delivery.json
}

resource "aws_cloudwatch_query_definition" "slow" {
  name            = "audit/slow"
  log_group_names = [aws_cloudwatch_log_group.audit.name]
  query_string    = "filter ms > 100 | stats count(*) as n by route | sort route"
}

resource "aws_cloudwatch_log_data_protection_policy" "mask" {
  log_group_name = aws_cloudwatch_log_group.audit.name
  policy_document = jsonencode({
    Name    = "mask"
    Version = "2021-06-01"
    Statement = [
      {
        Sid            = "Audit"
        DataIdentifier = ["arn:aws:dataprotection::aws:data-identifier/EmailAddress"]
        Operation      = { Audit = { FindingsDestination = {} } }
      },
      {
        Sid            = "Redact"
        DataIdentifier = ["arn:aws:dataprotection::aws:data-identifier/EmailAddress"]
        Operation      = { Deidentify = { MaskConfig = {} } }
      },
    ]
  })
}

resource "aws_cloudwatch_log_index_policy" "fields" {
  log_group_name  = aws_cloudwatch_log_group.audit.name
  policy_document = jsonencode({ Fields = ["route"] })
}

resource "aws_cloudwatch_log_account_policy" "indexes" {
  policy_name        = "indexes"
  policy_type        = "FIELD_INDEX_POLICY"
  policy_document    = jsonencode({ Fields = ["requestId"] })
  selection_criteria = "LogGroupNamePrefix IN [\"/audit\"]"
}

resource "aws_cloudwatch_log_anomaly_detector" "odd" {
  detector_name           = "odd"
  log_group_arn_list      = [aws_cloudwatch_log_group.audit.arn]
  anomaly_visibility_time = 7
  evaluation_frequency    = "TEN_MIN"
  enabled                 = true
}

data "aws_cloudwatch_log_groups" "audit" {
  log_group_name_prefix = "/audit/"
  depends_on            = [aws_cloudwatch_log_group.audit, aws_cloudwatch_log_group.archive]
}

data "aws_cloudwatch_log_data_protection_policy_document" "written" {
  name = "written"
  statement {
    data_identifiers = ["arn:aws:dataprotection::aws:data-identifier/Name"]
    operation {
      audit {
        findings_destination {}
      }
    }
  }
  statement {
    data_identifiers = ["arn:aws:dataprotection::aws:data-identifier/Name"]
    operation {
      deidentify {
        mask_config {}
      }
    }
  }
}

output "groups" {
  value = sort(data.aws_cloudwatch_log_groups.audit.log_group_names)
}
