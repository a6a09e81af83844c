# People: users in groups, with policies and keys.
provider "aws" {
  region = "us-east-1"
}

resource "aws_iam_group" "readers" {
  name = "readers"
}

resource "aws_iam_user" "ada" {
  name = "ada"
  path = "/people/"
  tags = { Team = "analysis" }
}

resource "aws_iam_user_group_membership" "ada" {
  user   = aws_iam_user.ada.name
  groups = [aws_iam_group.readers.name]
}

resource "aws_iam_policy" "read" {
  name = "read-notes"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["dynamodb:GetItem"], Resource = aws_dynamodb_table.notes.arn }]
  })
}

resource "aws_iam_group_policy_attachment" "read" {
  group      = aws_iam_group.readers.name
  policy_arn = aws_iam_policy.read.arn
}

resource "aws_iam_user_policy" "self" {
  name = "self"
  user = aws_iam_user.ada.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "iam:GetUser", Resource = "arn:aws:iam::*:user/people/$${aws:username}" }]
  })
}

resource "aws_iam_access_key" "ada" {
  user = aws_iam_user.ada.name
}

resource "aws_dynamodb_table" "notes" {
  name         = "notes"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "pk"
  attribute {
    name = "pk"
    type = "S"
  }
}

output "key" {
  value     = [aws_iam_access_key.ada.id, aws_iam_access_key.ada.secret]
  sensitive = true
}
