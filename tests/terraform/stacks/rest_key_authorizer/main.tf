# A REST API that a token opens and a key meters: Lambda authorizer, usage plan per client, {proxy+}, preflights.
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

variable "environment" {
  type    = string
  default = "dev"
}

variable "clients" {
  type = map(object({ rate = number, quota = number }))
  default = {
    acme   = { rate = 10, quota = 1000 }
    globex = { rate = 20, quota = 2 }
  }
}

provider "aws" {
  region = "us-east-1"
  default_tags {
    tags = {
      Environment = var.environment
      ManagedBy   = "terraform"
    }
  }
}

data "aws_region" "current" {}
data "aws_caller_identity" "current" {}

locals {
  name = "orders-${var.environment}"
}

module "backend" {
  source = "../modules/python_function"
  name   = "${local.name}-backend"
}

module "authorizer" {
  source      = "../modules/python_function"
  name        = "${local.name}-authorizer"
  source_file = "authorizer.py"
}

resource "aws_api_gateway_rest_api" "this" {
  name        = local.name
  description = "Orders of ${var.environment}"
  endpoint_configuration {
    types = ["REGIONAL"]
  }
  minimum_compression_size = 1024
}

data "aws_iam_policy_document" "invocation_assume" {
  statement {
    effect  = "Allow"
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["apigateway.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "invocation" {
  name               = "${local.name}-auth-invocation"
  path               = "/"
  assume_role_policy = data.aws_iam_policy_document.invocation_assume.json
}

data "aws_iam_policy_document" "invocation" {
  statement {
    effect    = "Allow"
    actions   = ["lambda:InvokeFunction"]
    resources = [module.authorizer.arn]
  }
}

resource "aws_iam_role_policy" "invocation" {
  name   = "default"
  role   = aws_iam_role.invocation.id
  policy = data.aws_iam_policy_document.invocation.json
}

resource "aws_api_gateway_authorizer" "token" {
  name                             = "token"
  rest_api_id                      = aws_api_gateway_rest_api.this.id
  authorizer_uri                   = "arn:aws:apigateway:${data.aws_region.current.name}:lambda:path/2015-03-31/functions/${module.authorizer.arn}/invocations"
  authorizer_credentials           = aws_iam_role.invocation.arn
  identity_validation_expression   = "^Bearer .+$"
  authorizer_result_ttl_in_seconds = 0
}

resource "aws_api_gateway_resource" "proxy" {
  rest_api_id = aws_api_gateway_rest_api.this.id
  parent_id   = aws_api_gateway_rest_api.this.root_resource_id
  path_part   = "{proxy+}"
}

resource "aws_api_gateway_method" "proxy" {
  rest_api_id      = aws_api_gateway_rest_api.this.id
  resource_id      = aws_api_gateway_resource.proxy.id
  http_method      = "ANY"
  authorization    = "CUSTOM"
  authorizer_id    = aws_api_gateway_authorizer.token.id
  api_key_required = true
  request_parameters = {
    "method.request.path.proxy"           = true
    "method.request.header.Authorization" = true
  }
}

resource "aws_api_gateway_integration" "proxy" {
  rest_api_id             = aws_api_gateway_rest_api.this.id
  resource_id             = aws_api_gateway_method.proxy.resource_id
  http_method             = aws_api_gateway_method.proxy.http_method
  integration_http_method = "POST"
  type                    = "AWS_PROXY"
  uri                     = "arn:aws:apigateway:${data.aws_region.current.name}:lambda:path/2015-03-31/functions/${module.backend.arn}/invocations"
  cache_key_parameters    = ["method.request.path.proxy"]
  timeout_milliseconds    = 10000
}

module "cors" {
  source          = "../modules/cors"
  api_id          = aws_api_gateway_rest_api.this.id
  api_resource_id = aws_api_gateway_resource.proxy.id
}

resource "aws_api_gateway_gateway_response" "this" {
  for_each      = toset(["DEFAULT_4XX", "DEFAULT_5XX", "UNAUTHORIZED"])
  rest_api_id   = aws_api_gateway_rest_api.this.id
  response_type = each.value
  status_code   = each.value == "UNAUTHORIZED" ? "401" : null
  response_templates = {
    "application/json" = "{\"message\":$context.error.messageString,\"type\":\"$context.error.responseType\"}"
  }
  response_parameters = {
    "gatewayresponse.header.Access-Control-Allow-Origin" = "'*'"
  }
}

resource "aws_lambda_permission" "gateway" {
  statement_id  = "AllowExecutionFromAPIGateway"
  action        = "lambda:InvokeFunction"
  function_name = module.backend.name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "arn:aws:execute-api:${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}:${aws_api_gateway_rest_api.this.id}/*/*/*"
}

resource "aws_api_gateway_deployment" "this" {
  rest_api_id = aws_api_gateway_rest_api.this.id
  triggers = {
    redeployment = sha1(jsonencode([
      aws_api_gateway_resource.proxy.id,
      aws_api_gateway_method.proxy.id,
      aws_api_gateway_method.proxy.api_key_required,
      aws_api_gateway_integration.proxy.id,
      aws_api_gateway_authorizer.token.authorizer_uri,
      [for one in aws_api_gateway_gateway_response.this : one.response_templates],
    ]))
  }
  lifecycle {
    create_before_destroy = true
  }
  depends_on = [module.cors]
}

resource "aws_api_gateway_stage" "this" {
  deployment_id        = aws_api_gateway_deployment.this.id
  rest_api_id          = aws_api_gateway_rest_api.this.id
  stage_name           = var.environment
  xray_tracing_enabled = true
  variables = {
    environment = var.environment
  }
}

resource "aws_api_gateway_method_settings" "this" {
  rest_api_id = aws_api_gateway_rest_api.this.id
  stage_name  = aws_api_gateway_stage.this.stage_name
  method_path = "*/*"
  settings {
    metrics_enabled        = true
    throttling_burst_limit = 50
    throttling_rate_limit  = 100
  }
}

resource "aws_api_gateway_api_key" "client" {
  for_each    = var.clients
  name        = "${local.name}-${each.key}"
  description = "Key of ${each.key}"
}

resource "aws_api_gateway_usage_plan" "client" {
  for_each = var.clients
  name     = "${local.name}-${each.key}"
  api_stages {
    api_id = aws_api_gateway_rest_api.this.id
    stage  = aws_api_gateway_stage.this.stage_name
    throttle {
      path        = "/{proxy+}/ANY"
      rate_limit  = each.value.rate
      burst_limit = 5
    }
  }
  quota_settings {
    limit  = each.value.quota
    period = "DAY"
  }
  throttle_settings {
    rate_limit  = each.value.rate
    burst_limit = 5
  }
}

resource "aws_api_gateway_usage_plan_key" "client" {
  for_each      = var.clients
  key_id        = aws_api_gateway_api_key.client[each.key].id
  key_type      = "API_KEY"
  usage_plan_id = aws_api_gateway_usage_plan.client[each.key].id
}

output "url" {
  value = aws_api_gateway_stage.this.invoke_url
}

output "keys" {
  value     = { for name, key in aws_api_gateway_api_key.client : name => key.value }
  sensitive = true
}
