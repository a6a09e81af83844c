# A function that reads its settings from parameters and its password from a secret, under a key of the stack's own.
provider "aws" {
  region = "us-east-1"
}

resource "aws_kms_key" "settings" {
  description             = "settings"
  deletion_window_in_days = 7
}

resource "aws_kms_alias" "settings" {
  name          = "alias/settings"
  target_key_id = aws_kms_key.settings.key_id
}

resource "aws_ssm_parameter" "level" {
  name        = "/app/level"
  description = "how much is logged"
  type        = "String"
  value       = "info"
  tags        = { app = "demo" }
}

resource "aws_ssm_parameter" "hosts" {
  name  = "/app/hosts"
  type  = "StringList"
  value = "a.example,b.example"
}

resource "aws_ssm_parameter" "token" {
  name   = "/app/token"
  type   = "SecureString"
  key_id = aws_kms_alias.settings.name
  value  = "t0ken"
}

resource "aws_ssm_parameter" "plain_key" {
  name            = "/app/other"
  type            = "SecureString"
  value           = "0123"
  allowed_pattern = "[0-9]+"
  tier            = "Advanced"
}

resource "aws_secretsmanager_secret" "password" {
  name                    = "app/password"
  description             = "of the database"
  kms_key_id              = aws_kms_key.settings.arn
  recovery_window_in_days = 0
  tags                    = { app = "demo" }
}

resource "aws_secretsmanager_secret_version" "password" {
  secret_id     = aws_secretsmanager_secret.password.id
  secret_string = jsonencode({ user = "app", password = "s3cret" })
}

resource "aws_secretsmanager_secret_policy" "password" {
  secret_arn = aws_secretsmanager_secret.password.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = module.reader.role_arn }
      Action    = "secretsmanager:GetSecretValue"
      Resource  = "*"
    }]
  })
}

data "aws_ssm_parameter" "level" {
  name       = aws_ssm_parameter.level.name
  depends_on = [aws_ssm_parameter.level]
}

data "aws_ssm_parameters_by_path" "app" {
  path       = "/app"
  depends_on = [aws_ssm_parameter.level, aws_ssm_parameter.hosts, aws_ssm_parameter.token, aws_ssm_parameter.plain_key]
}

module "reader" {
  source = "../modules/python_function"
  name   = "reader"
  statements = [
    { Effect = "Allow", Action = ["ssm:GetParameter", "ssm:GetParametersByPath"], Resource = "arn:aws:ssm:*:*:parameter/app*" },
    { Effect = "Allow", Action = "kms:Decrypt", Resource = aws_kms_key.settings.arn },
  ]
  environment = { LEVEL = data.aws_ssm_parameter.level.value }
  layers      = ["arn:aws:lambda:us-east-1:177933569100:layer:AWS-Parameters-and-Secrets-Lambda-Extension:11"]
}

output "names" {
  value = data.aws_ssm_parameters_by_path.app.names
}

output "key_arn" {
  value = aws_kms_key.settings.arn
}
