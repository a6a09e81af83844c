# A function of one account writes into a bucket of another; both sides must allow it.
variable "other_account" {
  type = string
}

provider "aws" {
  region = "us-east-1"
}

provider "aws" {
  alias      = "other"
  region     = "us-east-1"
  access_key = var.other_account
  secret_key = "test"
}

data "aws_caller_identity" "me" {}

resource "aws_s3_bucket" "lake" {
  provider      = aws.other
  bucket        = "lake-of-${var.other_account}"
  force_destroy = true
}

data "aws_iam_policy_document" "lake" {
  statement {
    actions   = ["s3:PutObject"]
    resources = ["${aws_s3_bucket.lake.arn}/incoming/*"]
    principals {
      type        = "AWS"
      identifiers = [module.writer.role_arn]
    }
  }
}

resource "aws_s3_bucket_policy" "lake" {
  provider = aws.other
  bucket   = aws_s3_bucket.lake.id
  policy   = data.aws_iam_policy_document.lake.json
}

module "writer" {
  source      = "../modules/python_function"
  name        = "writer"
  environment = { BUCKET = "lake-of-${var.other_account}" }
  statements  = [{ Effect = "Allow", Action = "s3:PutObject", Resource = "arn:aws:s3:::lake-of-${var.other_account}/*" }]
}
