# An app's settings by environment and path: plain ones from a map, secret ones under an own key, a list, one kept by others.
provider "aws" {
  region = "us-east-1"
}

variable "app" {
  type    = string
  default = "shop"
}

variable "settings" {
  type = map(map(string))
  default = {
    dev  = { "db/host" = "db.dev.internal", "db/port" = "5432", "feature/search" = "on" }
    prod = { "db/host" = "db.prod.internal", "db/port" = "5432" }
  }
}

data "aws_caller_identity" "current" {}

locals {
  parameters = merge([for environment, values in var.settings : {
    for key, value in values : "/${var.app}/${environment}/${key}" => value
  }]...)
}

data "aws_iam_policy_document" "key" {
  statement {
    sid       = "Enable IAM User Permissions"
    actions   = ["kms:*"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::${data.aws_caller_identity.current.account_id}:root"]
    }
  }
}

resource "aws_kms_key" "settings" {
  description             = "Settings of ${var.app}"
  deletion_window_in_days = 7
  policy                  = data.aws_iam_policy_document.key.json
}

resource "aws_kms_alias" "settings" {
  name          = "alias/${var.app}/settings"
  target_key_id = aws_kms_key.settings.key_id
}

resource "aws_ssm_parameter" "plain" {
  for_each = local.parameters
  name     = each.key
  type     = "String"
  value    = each.value
  tags     = { Environment = split("/", each.key)[2] }
}

resource "random_password" "db" {
  for_each = var.settings
  length   = 24
  special  = false
}

resource "aws_ssm_parameter" "secret" {
  for_each    = var.settings
  name        = "/${var.app}/${each.key}/db/password"
  description = "Password of the ${each.key} database"
  type        = "SecureString"
  key_id      = aws_kms_alias.settings.name
  value       = random_password.db[each.key].result
}

resource "aws_ssm_parameter" "zones" {
  name            = "/${var.app}/zones"
  type            = "StringList"
  value           = join(",", ["a", "b", "c"])
  allowed_pattern = "^[a-z](,[a-z])*$"
  tier            = "Standard"
}

# Someone else changes its value later.
resource "aws_ssm_parameter" "release" {
  name           = "/${var.app}/release"
  type           = "String"
  insecure_value = "none"
  lifecycle {
    ignore_changes = [value, insecure_value]
  }
}

resource "aws_ssm_parameter" "large" {
  name      = "/${var.app}/template"
  type      = "String"
  tier      = "Advanced"
  value     = join("", [for i in range(500) : "0123456789"])
  data_type = "text"
}

data "aws_ssm_parameters_by_path" "dev" {
  path       = "/${var.app}/dev"
  recursive  = true
  depends_on = [aws_ssm_parameter.plain, aws_ssm_parameter.secret]
}

data "aws_ssm_parameter" "zones" {
  name = aws_ssm_parameter.zones.name
}

module "app" {
  source      = "../modules/python_function"
  name        = "settings-reader"
  environment = { PREFIX = "/${var.app}/prod", ZONES = data.aws_ssm_parameter.zones.insecure_value }
  statements = [
    { Effect = "Allow", Action = ["ssm:GetParametersByPath", "ssm:GetParameter"], Resource = "arn:aws:ssm:*:${data.aws_caller_identity.current.account_id}:parameter/${var.app}/prod*" },
    { Effect = "Allow", Action = "kms:Decrypt", Resource = aws_kms_key.settings.arn },
  ]
}

output "dev" {
  value     = zipmap(data.aws_ssm_parameters_by_path.dev.names, data.aws_ssm_parameters_by_path.dev.values)
  sensitive = true
}
