# A preflight answer by a mock, as the well-known modules for it make one.

variable "api_id" {
  type = string
}

variable "api_resource_id" {
  type = string
}

variable "allow_headers" {
  type    = list(string)
  default = ["Authorization", "Content-Type", "X-Amz-Date", "X-Amz-Security-Token", "X-Api-Key"]
}

variable "allow_methods" {
  type    = list(string)
  default = ["OPTIONS", "HEAD", "GET", "POST", "PUT", "PATCH", "DELETE"]
}

variable "allow_origin" {
  type    = string
  default = "*"
}

variable "allow_max_age" {
  type    = number
  default = 7200
}

locals {
  headers = tomap({
    "Access-Control-Allow-Headers" = "'${join(",", var.allow_headers)}'"
    "Access-Control-Allow-Methods" = "'${join(",", var.allow_methods)}'"
    "Access-Control-Allow-Origin"  = "'${var.allow_origin}'"
    "Access-Control-Max-Age"       = "'${var.allow_max_age}'"
  })
  names = keys(local.headers)
  integration_response_parameters = zipmap(
    formatlist("method.response.header.%s", local.names), values(local.headers))
  method_response_parameters = zipmap(
    formatlist("method.response.header.%s", local.names), [for name in local.names : false])
}

resource "aws_api_gateway_method" "_" {
  rest_api_id   = var.api_id
  resource_id   = var.api_resource_id
  http_method   = "OPTIONS"
  authorization = "NONE"
}

resource "aws_api_gateway_integration" "_" {
  rest_api_id          = var.api_id
  resource_id          = var.api_resource_id
  http_method          = aws_api_gateway_method._.http_method
  content_handling     = "CONVERT_TO_TEXT"
  type                 = "MOCK"
  passthrough_behavior = "WHEN_NO_MATCH"
  request_templates = {
    "application/json" = "{ \"statusCode\": 200 }"
  }
}

resource "aws_api_gateway_integration_response" "_" {
  rest_api_id         = var.api_id
  resource_id         = var.api_resource_id
  http_method         = aws_api_gateway_method._.http_method
  status_code         = 200
  response_parameters = local.integration_response_parameters
  depends_on          = [aws_api_gateway_integration._, aws_api_gateway_method_response._]
}

resource "aws_api_gateway_method_response" "_" {
  rest_api_id         = var.api_id
  resource_id         = var.api_resource_id
  http_method         = aws_api_gateway_method._.http_method
  status_code         = 200
  response_parameters = local.method_response_parameters
  response_models     = { "application/json" = "Empty" }
  depends_on          = [aws_api_gateway_method._]
}
