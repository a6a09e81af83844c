# Keys as a security team writes them: administrators and users in the policy, aliases, a grant, signing, one turned off.
provider "aws" {
  region = "us-east-1"
}

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

locals {
  account_root = "arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:root"
}

module "encryptor" {
  source      = "../modules/python_function"
  name        = "encryptor"
  environment = { KEY = "alias/app/data", SIGNING_KEY = aws_kms_alias.this["signing"].name }
  statements  = [{ Effect = "Allow", Action = ["kms:Sign", "kms:Verify"], Resource = aws_kms_key.signing.arn }]
}

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "AWS"
      identifiers = [local.account_root]
    }
  }
}

resource "aws_iam_role" "admin" {
  name               = "key-admin"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

data "aws_iam_policy_document" "data" {
  statement {
    sid       = "Default"
    actions   = ["kms:*"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = [local.account_root]
    }
  }
  statement {
    sid = "KeyAdministration"
    actions = [
      "kms:Create*", "kms:Describe*", "kms:Enable*", "kms:List*", "kms:Put*", "kms:Update*", "kms:Revoke*", "kms:Disable*",
      "kms:Get*", "kms:Delete*", "kms:TagResource", "kms:UntagResource", "kms:ScheduleKeyDeletion", "kms:CancelKeyDeletion",
    ]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = [aws_iam_role.admin.arn]
    }
  }
  statement {
    sid       = "ForContext"
    actions   = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = [module.encryptor.role_arn]
    }
    condition {
      test     = "StringEquals"
      variable = "kms:EncryptionContext:purpose"
      values   = ["orders"]
    }
  }
}

resource "aws_kms_key" "data" {
  description             = "Data of the app"
  deletion_window_in_days = 10
  enable_key_rotation     = true
  rotation_period_in_days = 180
  tags                    = { Owner = "security" }
}

resource "aws_kms_key_policy" "data" {
  key_id = aws_kms_key.data.id
  policy = data.aws_iam_policy_document.data.json
}

resource "aws_kms_key" "signing" {
  description              = "Signs tokens"
  customer_master_key_spec = "ECC_NIST_P256"
  key_usage                = "SIGN_VERIFY"
  deletion_window_in_days  = 7
}

resource "aws_kms_alias" "this" {
  for_each = {
    data    = aws_kms_key.data.key_id
    signing = aws_kms_key.signing.key_id
  }
  name          = "alias/app/${each.key}"
  target_key_id = each.value
}

resource "aws_kms_grant" "encryptor" {
  name              = "encryptor"
  key_id            = aws_kms_key.data.key_id
  grantee_principal = module.encryptor.role_arn
  operations        = ["GenerateDataKey", "DescribeKey"]
  constraints {
    encryption_context_equals = {
      purpose = "backup"
    }
  }
}

data "aws_kms_alias" "data" {
  name       = "alias/app/data"
  depends_on = [aws_kms_alias.this]
}

data "aws_kms_public_key" "signing" {
  key_id = aws_kms_key.signing.arn
}

resource "aws_kms_ciphertext" "token" {
  key_id    = aws_kms_key.data.key_id
  plaintext = "s3cret"
  context   = { purpose = "orders" }
}

output "target" {
  value = data.aws_kms_alias.data.target_key_arn
}

output "key_arn" {
  value = aws_kms_key.data.arn
}

output "token" {
  value = aws_kms_ciphertext.token.ciphertext_blob
}

output "public_key" {
  value = data.aws_kms_public_key.signing.public_key_pem
}
