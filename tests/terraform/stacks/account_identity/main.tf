# Everything else of IAM that a stack may hold: the account's settings, identity providers, a user's other credentials,
# and the data sources.
provider "aws" {
  region = "us-east-1"
}

data "aws_caller_identity" "me" {}

resource "aws_iam_account_alias" "this" {
  account_alias = "millrace-${data.aws_caller_identity.me.account_id}"
}

resource "aws_iam_account_password_policy" "this" {
  minimum_password_length        = 12
  require_lowercase_characters   = true
  require_numbers                = true
  require_symbols                = true
  require_uppercase_characters   = true
  allow_users_to_change_password = true
}

resource "aws_iam_openid_connect_provider" "github" {
  url             = "https://token.actions.githubusercontent.com"
  client_id_list  = ["sts.amazonaws.com"]
  thumbprint_list = ["ffffffffffffffffffffffffffffffffffffffff"]
  tags            = { Use = "deploy" }
}

resource "aws_iam_saml_provider" "idp" {
  name                   = "idp"
  saml_metadata_document = "<EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"https://idp.example.com\">${join("", [for i in range(100) : "<!-- ${i} -->"])}</EntityDescriptor>"
}

data "aws_iam_policy_document" "deploy" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = [aws_iam_openid_connect_provider.github.arn]
    }
    condition {
      test     = "StringLike"
      variable = "token.actions.githubusercontent.com:sub"
      values   = ["repo:org/app:*"]
    }
  }
}

resource "aws_iam_role" "deploy" {
  name               = "deploy"
  assume_role_policy = data.aws_iam_policy_document.deploy.json
}

resource "aws_iam_role_policy_attachment" "deploy" {
  role       = aws_iam_role.deploy.name
  policy_arn = data.aws_iam_policy.managed.arn
}

resource "aws_iam_service_linked_role" "dynamodb" {
  aws_service_name = "replication.dynamodb.amazonaws.com"
  description      = "Global tables"
}

resource "aws_iam_user" "ada" {
  name          = "ada"
  force_destroy = true
}

resource "aws_iam_user_login_profile" "ada" {
  user            = aws_iam_user.ada.name
  password_length = 20
  depends_on      = [aws_iam_account_password_policy.this]
}

resource "aws_iam_user_ssh_key" "ada" {
  username   = aws_iam_user.ada.name
  encoding   = "SSH"
  public_key = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQDMYp+4ADSCaMh4izR9+90Fl/jj3XkD9Lll8MMWftiFobY5J0eXh/iyjhJzwFu/YCgeadTNKb71LmvE/xh1UseNI0gDJqpQwoUsr8TjvBgqlKoRewDuQbJZW+fnAesdR3V0bGKTVzbkinz2cychjbj+TQVSpwMgcH0gN/czhjieCFGgM7WCJbwUsufm/c/EGDg+EsSwD5QXpib7rL5BlBSSsEsyPVLUmcWYgGulbjdyUCVyOnY17asb0pAniuUzFNcQDwtyWlj94oqs2pQR/gYPPxyp8ELstXavpe9G0f0Js1e+gsTNFeCMXXL3Zfgtb/V+urFuOccujh208o90WtQr"
}

resource "aws_iam_virtual_mfa_device" "ada" {
  virtual_mfa_device_name = "ada"
}

resource "aws_iam_service_specific_credential" "ada" {
  service_name = "codecommit.amazonaws.com"
  user_name    = aws_iam_user.ada.name
}

resource "aws_iam_user_policy_attachment" "ada" {
  user       = aws_iam_user.ada.name
  policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
}

resource "aws_iam_group" "crew" {
  name = "crew"
}

resource "aws_iam_group_membership" "crew" {
  name  = "crew"
  group = aws_iam_group.crew.name
  users = [aws_iam_user.ada.name]
}

resource "aws_iam_group_policy" "crew" {
  name  = "crew"
  group = aws_iam_group.crew.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["sqs:SendMessage"], Resource = "*" }]
  })
}

resource "aws_iam_user_policies_exclusive" "ada" {
  user_name    = aws_iam_user.ada.name
  policy_names = []
}

resource "aws_iam_user_policy_attachments_exclusive" "ada" {
  user_name   = aws_iam_user.ada.name
  policy_arns = [aws_iam_user_policy_attachment.ada.policy_arn]
}

resource "aws_iam_group_policies_exclusive" "crew" {
  group_name   = aws_iam_group.crew.name
  policy_names = [aws_iam_group_policy.crew.name]
}

resource "aws_iam_group_policy_attachments_exclusive" "crew" {
  group_name  = aws_iam_group.crew.name
  policy_arns = []
}

data "aws_iam_saml_provider" "idp" {
  arn = aws_iam_saml_provider.idp.arn
}

data "aws_iam_user_ssh_key" "ada" {
  username          = aws_iam_user.ada.name
  ssh_public_key_id = aws_iam_user_ssh_key.ada.ssh_public_key_id
  encoding          = "SSH"
}

data "aws_iam_policy" "managed" {
  name = "AWSLambdaBasicExecutionRole"
}

data "aws_iam_role" "deploy" {
  name = aws_iam_role.deploy.name
}

data "aws_iam_user" "ada" {
  user_name = aws_iam_user.ada.name
}

data "aws_iam_group" "crew" {
  group_name = aws_iam_group_membership.crew.group
}

data "aws_iam_account_alias" "this" {
  depends_on = [aws_iam_account_alias.this]
}

data "aws_iam_openid_connect_provider" "github" {
  arn = aws_iam_openid_connect_provider.github.arn
}

data "aws_iam_principal_policy_simulation" "crew" {
  action_names      = ["sqs:SendMessage"]
  policy_source_arn = aws_iam_user.ada.arn
  depends_on        = [aws_iam_group_membership.crew, aws_iam_group_policy.crew]
}

output "may_send" {
  value = data.aws_iam_principal_policy_simulation.crew.all_allowed
}

output "members" {
  value = [for user in data.aws_iam_group.crew.users : user.user_name]
}

output "alias" {
  value = data.aws_iam_account_alias.this.account_alias
}
