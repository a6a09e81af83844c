# Published versions behind an alias; a new one takes its share of the calls.
provider "aws" {
  region = "us-east-1"
}

module "service" {
  source  = "../modules/python_function"
  name    = "service"
  publish = true
}

resource "aws_lambda_alias" "live" {
  name             = "live"
  description      = "What callers use"
  function_name    = module.service.name
  function_version = "1"
}
