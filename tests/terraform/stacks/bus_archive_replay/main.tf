# A bus that others may put to, what it heard kept and played again: policy, permission, archive, a function behind a rule.
provider "aws" {
  region = "us-east-1"
}

variable "other_account" {
  type = string
}

data "aws_caller_identity" "current" {}

resource "aws_cloudwatch_event_bus" "partners" {
  name        = "partners"
  description = "What partners tell"
}

data "aws_iam_policy_document" "bus" {
  statement {
    sid       = "PartnersMayPut"
    effect    = "Allow"
    actions   = ["events:PutEvents"]
    resources = [aws_cloudwatch_event_bus.partners.arn]
    principals {
      type        = "AWS"
      identifiers = [var.other_account]
    }
  }
  statement {
    sid       = "OwnRules"
    effect    = "Allow"
    actions   = ["events:DescribeRule", "events:ListRules", "events:ListTargetsByRule", "events:ListTagsForResource"]
    resources = ["arn:aws:events:us-east-1:${data.aws_caller_identity.current.account_id}:rule/partners/*"]
    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::${data.aws_caller_identity.current.account_id}:root"]
    }
    condition {
      test     = "StringEqualsIfExists"
      variable = "events:creatorAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }
  }
}

resource "aws_cloudwatch_event_bus_policy" "partners" {
  policy         = data.aws_iam_policy_document.bus.json
  event_bus_name = aws_cloudwatch_event_bus.partners.name
}

resource "aws_cloudwatch_event_bus" "internal" {
  name = "internal"
}

resource "aws_cloudwatch_event_permission" "internal" {
  principal      = var.other_account
  statement_id   = "OneAccount"
  event_bus_name = aws_cloudwatch_event_bus.internal.name
}

resource "aws_cloudwatch_event_archive" "partners" {
  name             = "partners-archive"
  description      = "Everything, for two weeks"
  event_source_arn = aws_cloudwatch_event_bus.partners.arn
  retention_days   = 14
}

module "listener" {
  source = "../modules/python_function"
  name   = "partners-listener"
}

resource "aws_cloudwatch_event_rule" "orders" {
  name           = "partner-orders"
  event_bus_name = aws_cloudwatch_event_bus.partners.name
  event_pattern = jsonencode({
    "detail-type" = ["order"]
    account       = [var.other_account]
  })
}

resource "aws_cloudwatch_event_target" "listener" {
  rule           = aws_cloudwatch_event_rule.orders.name
  event_bus_name = aws_cloudwatch_event_bus.partners.name
  target_id      = "Listener"
  arn            = module.listener.arn
}

resource "aws_lambda_permission" "events" {
  statement_id  = "AllowExecutionFromEventBridge"
  action        = "lambda:InvokeFunction"
  function_name = module.listener.name
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.orders.arn
}

# Onwards to the other bus, as a role that may.
data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "forward" {
  name               = "forward"
  assume_role_policy = data.aws_iam_policy_document.assume.json
  inline_policy {
    name = "put"
    policy = jsonencode({
      Version   = "2012-10-17"
      Statement = [{ Effect = "Allow", Action = "events:PutEvents", Resource = aws_cloudwatch_event_bus.internal.arn }]
    })
  }
}

resource "aws_cloudwatch_event_target" "forward" {
  rule           = aws_cloudwatch_event_rule.orders.name
  event_bus_name = aws_cloudwatch_event_bus.partners.name
  arn            = aws_cloudwatch_event_bus.internal.arn
  role_arn       = aws_iam_role.forward.arn
}

resource "aws_cloudwatch_event_rule" "internal" {
  name           = "forwarded"
  event_bus_name = aws_cloudwatch_event_bus.internal.name
  event_pattern  = jsonencode({ "detail-type" = ["order"] })
}

resource "aws_cloudwatch_event_target" "internal" {
  rule           = aws_cloudwatch_event_rule.internal.name
  event_bus_name = aws_cloudwatch_event_bus.internal.name
  arn            = module.listener.arn
  input          = jsonencode({ forwarded = true })
}

resource "aws_lambda_permission" "internal" {
  statement_id  = "AllowExecutionFromInternal"
  action        = "lambda:InvokeFunction"
  function_name = module.listener.name
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.internal.arn
}

output "archive_arn" {
  value = aws_cloudwatch_event_archive.partners.arn
}

output "bus_arn" {
  value = aws_cloudwatch_event_bus.partners.arn
}
