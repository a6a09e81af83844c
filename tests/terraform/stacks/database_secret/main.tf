# A database's credentials: a random password in a JSON secret, who may read it, and a second secret under an own key.
terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
    random = {
      source  = "hashicorp/random"
      version = ">= 3.0"
    }
  }
}

provider "aws" {
  region = "us-east-1"
}

data "aws_caller_identity" "current" {}

resource "random_password" "master" {
  length           = 20
  special          = true
  override_special = "_!%^"
}

resource "random_id" "suffix" {
  byte_length = 4
}

resource "aws_secretsmanager_secret" "database" {
  name                    = "database/master-${random_id.suffix.hex}"
  description             = "Master user of the database"
  recovery_window_in_days = 0
  tags = {
    Name = "database-master"
  }
}

resource "aws_secretsmanager_secret_version" "database" {
  secret_id = aws_secretsmanager_secret.database.id
  secret_string = jsonencode({
    engine   = "postgres"
    username = "master"
    password = random_password.master.result
    host     = "db.internal"
    port     = 5432
  })
}

module "reader" {
  source      = "../modules/python_function"
  name        = "database-reader"
  environment = { SECRET_ARN = aws_secretsmanager_secret.database.arn }
}

# Its role may because the secret says so.
data "aws_iam_policy_document" "secret" {
  statement {
    sid       = "ReaderMayRead"
    effect    = "Allow"
    actions   = ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = [module.reader.role_arn]
    }
  }
  statement {
    sid       = "NobodyElseDeletes"
    effect    = "Deny"
    actions   = ["secretsmanager:DeleteSecret"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = ["*"]
    }
    condition {
      test     = "StringNotEquals"
      variable = "aws:PrincipalAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }
  }
}

resource "aws_secretsmanager_secret_policy" "database" {
  secret_arn          = aws_secretsmanager_secret.database.arn
  policy              = data.aws_iam_policy_document.secret.json
  block_public_policy = true
}

resource "aws_kms_key" "api" {
  description             = "Of API keys"
  deletion_window_in_days = 7
}

resource "aws_secretsmanager_secret" "api" {
  for_each                = toset(["stripe", "github"])
  name_prefix             = "api/${each.key}-"
  kms_key_id              = aws_kms_key.api.arn
  recovery_window_in_days = 7
}

resource "aws_secretsmanager_secret_version" "api" {
  for_each       = aws_secretsmanager_secret.api
  secret_id      = each.value.id
  secret_string  = "change-me"
  version_stages = ["AWSCURRENT", "INITIAL"]
  lifecycle {
    ignore_changes = [secret_string, version_stages]
  }
}

data "aws_secretsmanager_secret" "database" {
  name       = aws_secretsmanager_secret.database.name
  depends_on = [aws_secretsmanager_secret_version.database]
}

data "aws_secretsmanager_secret_version" "database" {
  secret_id  = data.aws_secretsmanager_secret.database.id
  depends_on = [aws_secretsmanager_secret_version.database]
}

output "username" {
  value     = jsondecode(data.aws_secretsmanager_secret_version.database.secret_string)["username"]
  sensitive = true
}

output "password" {
  value     = random_password.master.result
  sensitive = true
}

output "stripe" {
  value = aws_secretsmanager_secret.api["stripe"].arn
}
