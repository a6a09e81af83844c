# The shortest way to an API: one function, one resource. And one in front of another server.
provider "aws" {
  region = "us-east-1"
}

variable "route_key" {
  default = null
}

module "hello" {
  source = "../modules/python_function"
  name   = "hello-http"
}

resource "aws_apigatewayv2_api" "hello" {
  name          = "hello-http"
  protocol_type = "HTTP"
  target        = module.hello.arn
  route_key     = var.route_key
}

resource "aws_lambda_permission" "hello" {
  action        = "lambda:InvokeFunction"
  function_name = module.hello.arn
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.hello.execution_arn}/*/*"
}

resource "aws_apigatewayv2_api" "elsewhere" {
  name          = "elsewhere"
  protocol_type = "HTTP"
  target        = "http://127.0.0.1:9/"
  route_key     = "GET /there"
  tags          = { kind = "proxy" }
}

data "aws_apigatewayv2_apis" "mine" {
  protocol_type = "HTTP"
  depends_on    = [aws_apigatewayv2_api.hello, aws_apigatewayv2_api.elsewhere]
}

data "aws_apigatewayv2_api" "hello" {
  api_id = aws_apigatewayv2_api.hello.id
}

output "endpoint" {
  value = aws_apigatewayv2_api.hello.api_endpoint
}

output "elsewhere" {
  value = aws_apigatewayv2_api.elsewhere.api_endpoint
}

output "ids" {
  value = data.aws_apigatewayv2_apis.mine.ids
}

output "read" {
  value = data.aws_apigatewayv2_api.hello.api_endpoint
}
