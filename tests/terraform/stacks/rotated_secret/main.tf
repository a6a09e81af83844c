# A secret whose password a function rotates.
provider "aws" {
  region = "us-east-1"
}

data "aws_caller_identity" "me" {}

resource "aws_secretsmanager_secret" "password" {
  name                    = "rotated"
  recovery_window_in_days = 7
}

resource "aws_secretsmanager_secret_version" "first" {
  secret_id     = aws_secretsmanager_secret.password.id
  secret_string = "first"

  lifecycle {
    ignore_changes = [secret_string, version_stages]
  }
}

module "rotator" {
  source = "../modules/python_function"
  name   = "rotator"
  statements = [{
    Effect = "Allow"
    Action = [
      "secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue",
      "secretsmanager:UpdateSecretVersionStage",
    ]
    Resource = aws_secretsmanager_secret.password.arn
    }, {
    Effect   = "Allow"
    Action   = "secretsmanager:GetRandomPassword"
    Resource = "*"
  }]
}

resource "aws_lambda_permission" "rotation" {
  statement_id   = "rotation"
  action         = "lambda:InvokeFunction"
  function_name  = module.rotator.name
  principal      = "secretsmanager.amazonaws.com"
  source_account = data.aws_caller_identity.me.account_id
  source_arn     = aws_secretsmanager_secret.password.arn
}

resource "aws_secretsmanager_secret_rotation" "password" {
  secret_id           = aws_secretsmanager_secret.password.id
  rotation_lambda_arn = module.rotator.arn

  rotation_rules {
    automatically_after_days = 30
  }

  depends_on = [aws_lambda_permission.rotation, aws_secretsmanager_secret_version.first]
}

output "secret_id" {
  value = aws_secretsmanager_secret.password.id
}
