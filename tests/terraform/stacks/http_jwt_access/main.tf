# An HTTP API whose routes stand in a map: JWT with scopes, a Lambda authorizer, an open route; logs of its own role's.
terraform {
  required_version = ">= 1.3"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }
  }
}

provider "aws" {
  region = "us-east-1"
}

variable "name" {
  type    = string
  default = "accounts"
}

variable "jwt_issuer" {
  type    = string
  default = "https://issuer.example.com/"
}

variable "routes" {
  type = map(object({
    authorizer = optional(string)
    scopes     = optional(list(string))
  }))
  default = {
    "GET /health"        = {}
    "GET /accounts"      = { authorizer = "jwt", scopes = ["accounts:read"] }
    "POST /accounts"     = { authorizer = "jwt", scopes = ["accounts:write", "admin"] }
    "GET /internal/{id}" = { authorizer = "lambda" }
    "$default"           = { authorizer = "jwt" }
  }
}

module "api" {
  source = "../modules/python_function"
  name   = var.name
}

module "authorizer" {
  source      = "../modules/python_function"
  name        = "${var.name}-authorizer"
  source_file = "authorizer.py"
}

resource "aws_apigatewayv2_api" "this" {
  name          = var.name
  description   = "Accounts over HTTP"
  protocol_type = "HTTP"
  version       = "1.0"

  cors_configuration {
    allow_credentials = true
    allow_headers     = ["authorization", "content-type", "x-amz-date"]
    allow_methods     = ["*"]
    allow_origins     = ["https://app.example.com", "https://*.example.org"]
    expose_headers    = ["x-request-id"]
    max_age           = 600
  }
}

resource "aws_apigatewayv2_authorizer" "jwt" {
  api_id           = aws_apigatewayv2_api.this.id
  authorizer_type  = "JWT"
  identity_sources = ["$request.header.Authorization"]
  name             = "jwt"

  jwt_configuration {
    audience = ["accounts-api"]
    issuer   = var.jwt_issuer
  }
}

resource "aws_apigatewayv2_authorizer" "lambda" {
  api_id                            = aws_apigatewayv2_api.this.id
  authorizer_type                   = "REQUEST"
  authorizer_uri                    = module.authorizer.invoke_arn
  identity_sources                  = ["$request.header.x-internal"]
  name                              = "lambda"
  authorizer_payload_format_version = "2.0"
  enable_simple_responses           = true
  authorizer_result_ttl_in_seconds  = 0
}

locals {
  authorizers = {
    jwt    = { id = aws_apigatewayv2_authorizer.jwt.id, type = "JWT" }
    lambda = { id = aws_apigatewayv2_authorizer.lambda.id, type = "CUSTOM" }
  }
}

resource "aws_apigatewayv2_integration" "this" {
  api_id                 = aws_apigatewayv2_api.this.id
  description            = "All routes"
  integration_type       = "AWS_PROXY"
  integration_uri        = module.api.invoke_arn
  integration_method     = "POST"
  payload_format_version = "2.0"
  timeout_milliseconds   = 12000
}

resource "aws_apigatewayv2_route" "this" {
  for_each = var.routes

  api_id               = aws_apigatewayv2_api.this.id
  route_key            = each.key
  target               = "integrations/${aws_apigatewayv2_integration.this.id}"
  authorization_type   = try(local.authorizers[each.value.authorizer].type, "NONE")
  authorizer_id        = try(local.authorizers[each.value.authorizer].id, null)
  authorization_scopes = each.value.scopes
}

resource "aws_cloudwatch_log_group" "access" {
  name              = "/aws/vendedlogs/apis/${var.name}"
  retention_in_days = 30
}

resource "aws_apigatewayv2_stage" "this" {
  api_id      = aws_apigatewayv2_api.this.id
  name        = "live"
  auto_deploy = true

  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.access.arn
    format          = "$context.identity.sourceIp $context.httpMethod $context.routeKey $context.status $context.authorizer.claims.sub"
  }

  default_route_settings {
    detailed_metrics_enabled = true
    throttling_burst_limit   = 500
    throttling_rate_limit    = 1000
  }

  dynamic "route_settings" {
    for_each = toset(["POST /accounts"])
    content {
      route_key              = route_settings.value
      throttling_burst_limit = 50
      throttling_rate_limit  = 100
    }
  }

  stage_variables = {
    table = "accounts"
  }

  tags       = { Name = var.name }
  depends_on = [aws_apigatewayv2_route.this]
}

resource "aws_lambda_permission" "api" {
  for_each = {
    api        = module.api.name
    authorizer = module.authorizer.name
  }
  statement_id  = "AllowExecutionFromAPIGateway"
  action        = "lambda:InvokeFunction"
  function_name = each.value
  principal     = "apigateway.amazonaws.com"
  source_arn    = each.key == "api" ? "${aws_apigatewayv2_api.this.execution_arn}/*" : "${aws_apigatewayv2_api.this.execution_arn}/authorizers/${aws_apigatewayv2_authorizer.lambda.id}"
}

output "endpoint" {
  value = aws_apigatewayv2_stage.this.invoke_url
}
