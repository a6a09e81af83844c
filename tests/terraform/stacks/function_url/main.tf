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

output "url" {
  value = aws_lambda_function_url.web.function_url
}
