# A function behind a URL of its own, open to all, with CORS.
provider "aws" {
  region = "us-east-1"
}

module "web" {
  source = "../modules/python_function"
  name   = "web"
}

resource "aws_lambda_function_url" "web" {
  function_name      = module.web.name
  authorization_type = "NONE"
  cors {
    allow_origins = ["https://example.com"]
    allow_methods = ["GET", "POST"]
    max_age       = 300
  }
}

# The provider adds the permission for the URL; from 6.29 on this one too, restricted to calls through the URL.
resource "aws_lambda_permission" "through_the_url" {
  statement_id  = "FunctionURLAllowInvokeAction"
  function_name = module.web.name
  action        = "lambda:InvokeFunction"
  principal     = "*"
  depends_on    = [aws_lambda_function_url.web]
}

output "url" {
  value = aws_lambda_function_url.web.function_url
}
