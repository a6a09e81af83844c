# Certificates, a role whose policies are listed in full, and the data sources that find what is there.
provider "aws" {
  region = "us-east-1"
}

data "aws_caller_identity" "me" {}

resource "aws_iam_security_token_service_preferences" "this" {
  global_endpoint_token_version = "v2Token"
}

resource "aws_iam_server_certificate" "api" {
  name             = "api"
  path             = "/cloudfront/"
  certificate_body = file("${path.module}/certificate.pem")
  private_key      = file("${path.module}/key.pem")
  tags             = { Use = "api" }
}

resource "aws_iam_user" "signer" {
  name = "signer"
  path = "/machines/"
}

resource "aws_iam_signing_certificate" "signer" {
  user_name        = aws_iam_user.signer.name
  certificate_body = file("${path.module}/certificate.pem")
}

resource "aws_iam_access_key" "signer" {
  user   = aws_iam_user.signer.name
  status = "Active"
}

resource "aws_iam_role" "worker" {
  name = "worker"
  path = "/jobs/"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "worker" {
  name = "log"
  role = aws_iam_role.worker.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "logs:PutLogEvents", Resource = "*" }]
  })
}

resource "aws_iam_role_policies_exclusive" "worker" {
  role_name    = aws_iam_role.worker.name
  policy_names = [aws_iam_role_policy.worker.name]
}

resource "aws_iam_policy" "shared" {
  name        = "shared"
  path        = "/jobs/"
  description = "For workers and signers"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sqs:ReceiveMessage", Resource = "*" }]
  })
  tags = { Use = "both" }
}

resource "aws_iam_policy_attachment" "shared" {
  name       = "shared"
  users      = [aws_iam_user.signer.name]
  roles      = [aws_iam_role.worker.name]
  policy_arn = aws_iam_policy.shared.arn
}

resource "aws_iam_role_policy_attachments_exclusive" "worker" {
  role_name   = aws_iam_role.worker.name
  policy_arns = [aws_iam_policy.shared.arn]
  depends_on  = [aws_iam_policy_attachment.shared]
}

resource "aws_iam_instance_profile" "worker" {
  name = "worker"
  role = aws_iam_role.worker.name
  tags = { Use = "worker" }
}

data "aws_iam_server_certificate" "api" {
  name   = aws_iam_server_certificate.api.name
  latest = true
}

data "aws_iam_access_keys" "signer" {
  user       = aws_iam_user.signer.name
  depends_on = [aws_iam_access_key.signer]
}

data "aws_iam_roles" "work" {
  path_prefix = "/jobs/"
  depends_on  = [aws_iam_role.worker]
}

data "aws_iam_users" "machines" {
  path_prefix = "/machines/"
  depends_on  = [aws_iam_user.signer]
}

data "aws_iam_instance_profile" "worker" {
  name = aws_iam_instance_profile.worker.name
}

data "aws_iam_instance_profiles" "worker" {
  role_name  = aws_iam_role.worker.name
  depends_on = [aws_iam_instance_profile.worker]
}

data "aws_iam_session_context" "me" {
  arn = data.aws_caller_identity.me.arn
}

output "found" {
  value = {
    certificate = data.aws_iam_server_certificate.api.arn
    keys        = length(data.aws_iam_access_keys.signer.access_keys)
    roles       = data.aws_iam_roles.work.names
    users       = data.aws_iam_users.machines.names
    profile     = data.aws_iam_instance_profile.worker.role_name
    profiles    = data.aws_iam_instance_profiles.worker.names
  }
}
