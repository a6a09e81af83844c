# Keys of several regions, with AWS's material and with imported one, and the queues and destinations beside them in the forms
# that are resources of their own.
provider "aws" {
  region = "us-east-1"
}

provider "aws" {
  alias  = "west"
  region = "us-west-2"
}

resource "aws_kms_key" "primary" {
  description  = "primary"
  multi_region = true
}

resource "aws_kms_replica_key" "west" {
  provider                = aws.west
  description             = "replica"
  primary_key_arn         = aws_kms_key.primary.arn
  deletion_window_in_days = 7
  tags                    = { team = "a" }
}

resource "aws_kms_alias" "west" {
  provider      = aws.west
  name          = "alias/replica"
  target_key_id = aws_kms_replica_key.west.key_id
}

resource "aws_kms_external_key" "imported" {
  description             = "imported"
  deletion_window_in_days = 7
  key_material_base64     = "Wblj06fduthWggmsT0cLVoIMOkeLbc2kVfMud77i/JY="
  valid_to                = "2099-10-31T23:59:59Z"
  multi_region            = true
  enabled                 = true
}

resource "aws_kms_replica_external_key" "imported" {
  provider                = aws.west
  description             = "imported, too"
  deletion_window_in_days = 7
  primary_key_arn         = aws_kms_external_key.imported.arn
  enabled                 = true
  key_material_base64     = "Wblj06fduthWggmsT0cLVoIMOkeLbc2kVfMud77i/JY="
}

resource "aws_kms_key" "signing" {
  description              = "signing"
  key_usage                = "SIGN_VERIFY"
  customer_master_key_spec = "ECC_NIST_P256"
  is_enabled               = false
  deletion_window_in_days  = 7
}

resource "aws_sqs_queue" "dead" {
  name = "dead"
}

resource "aws_sqs_queue" "work" {
  name = "work"
}

resource "aws_sqs_queue_redrive_policy" "work" {
  queue_url      = aws_sqs_queue.work.id
  redrive_policy = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead.arn, maxReceiveCount = 4 })
}

resource "aws_cloudwatch_event_connection" "basic" {
  name               = "basic"
  authorization_type = "BASIC"
  auth_parameters {
    basic {
      username = "user"
      password = "Pass1234!"
    }
    invocation_http_parameters {
      header {
        key   = "x-team"
        value = "a"
      }
    }
  }
}

resource "aws_cloudwatch_event_api_destination" "hook" {
  name                             = "hook"
  invocation_endpoint              = "https://hooks.example.org/*"
  http_method                      = "POST"
  invocation_rate_limit_per_second = 20
  connection_arn                   = aws_cloudwatch_event_connection.basic.arn
}

# Nothing here works out a SELECT: the alarm is kept and shown.
resource "aws_cloudwatch_metric_alarm" "errors" {
  alarm_name          = "errors-of-all"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  threshold           = 1
  metric_query {
    id          = "q1"
    expression  = "SELECT SUM(Errors) FROM SCHEMA(\"AWS/Lambda\", FunctionName)"
    period      = 60
    return_data = true
  }
}

output "keys" {
  value = { primary = aws_kms_key.primary.key_id, imported = aws_kms_external_key.imported.id, signing = aws_kms_key.signing.key_id }
}
