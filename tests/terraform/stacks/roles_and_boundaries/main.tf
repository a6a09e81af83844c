# A role that people assume, fenced by a permissions boundary; an instance profile beside it.
provider "aws" {
  region = "us-east-1"
}

data "aws_caller_identity" "me" {}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::${data.aws_caller_identity.me.account_id}:root"]
    }
    condition {
      test     = "StringEquals"
      variable = "sts:ExternalId"
      values   = ["secret-word"]
    }
  }
}

resource "aws_iam_policy" "fence" {
  name = "fence"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["s3:ListAllMyBuckets", "sqs:*"], Resource = "*" }]
  })
}

resource "aws_iam_role" "operator" {
  name                 = "operator"
  description          = "For people on call"
  max_session_duration = 7200
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  permissions_boundary = aws_iam_policy.fence.arn
}

resource "aws_iam_role_policy" "operator" {
  name = "wide"
  role = aws_iam_role.operator.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["s3:*", "dynamodb:*"], Resource = "*" }]
  })
}

resource "aws_iam_instance_profile" "operator" {
  name = "operator"
  role = aws_iam_role.operator.name
}
