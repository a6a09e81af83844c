# A REST and an HTTP API from OpenAPI documents in YAML, below one custom domain name; a plan with a rate and a quota.
provider "aws" {
  region = "us-east-1"
}

module "orders" {
  source = "../modules/python_function"
  name   = "orders-openapi"
}

locals {
  rest = templatefile("${path.module}/rest.yaml", { title = "orders" })
}

resource "aws_api_gateway_rest_api" "orders" {
  name = "orders"
  body = local.rest
  endpoint_configuration {
    types = ["REGIONAL"]
  }
}

resource "aws_api_gateway_deployment" "orders" {
  rest_api_id = aws_api_gateway_rest_api.orders.id
  triggers = {
    body = sha1(local.rest)
  }
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_api_gateway_stage" "live" {
  rest_api_id   = aws_api_gateway_rest_api.orders.id
  deployment_id = aws_api_gateway_deployment.orders.id
  stage_name    = "live"
}

resource "aws_api_gateway_method_settings" "all" {
  rest_api_id = aws_api_gateway_rest_api.orders.id
  stage_name  = aws_api_gateway_stage.live.stage_name
  method_path = "*/*"
  settings {
    metrics_enabled        = true
    throttling_rate_limit  = 500
    throttling_burst_limit = 200
  }
}

resource "aws_api_gateway_usage_plan" "gold" {
  name = "gold"
  api_stages {
    api_id = aws_api_gateway_rest_api.orders.id
    stage  = aws_api_gateway_stage.live.stage_name
  }
  quota_settings {
    limit  = 2
    period = "DAY"
  }
  throttle_settings {
    rate_limit  = 100
    burst_limit = 50
  }
}

resource "aws_api_gateway_api_key" "client" {
  name = "client"
}

resource "aws_api_gateway_usage_plan_key" "client" {
  key_id        = aws_api_gateway_api_key.client.id
  key_type      = "API_KEY"
  usage_plan_id = aws_api_gateway_usage_plan.gold.id
}

resource "aws_apigatewayv2_api" "items" {
  name          = "items"
  version       = "1.0" # the document's: without it each plan would take it away, on AWS as well
  protocol_type = "HTTP"
  body          = templatefile("${path.module}/http.yaml", { function = module.orders.arn })
}

resource "aws_apigatewayv2_stage" "default" {
  api_id      = aws_apigatewayv2_api.items.id
  name        = "$default"
  auto_deploy = true
}

resource "aws_lambda_permission" "gateway" {
  statement_id  = "gateway"
  function_name = module.orders.name
  action        = "lambda:InvokeFunction"
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.items.execution_arn}/*/*"
}

resource "aws_apigatewayv2_domain_name" "shop" {
  domain_name = "openapi-shop.localhost"
  domain_name_configuration {
    certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/x"
    endpoint_type   = "REGIONAL"
    security_policy = "TLS_1_2"
  }
}

resource "aws_apigatewayv2_api_mapping" "items" {
  api_id          = aws_apigatewayv2_api.items.id
  domain_name     = aws_apigatewayv2_domain_name.shop.id
  stage           = aws_apigatewayv2_stage.default.id
  api_mapping_key = "items"
}

resource "aws_api_gateway_base_path_mapping" "orders" {
  api_id      = aws_api_gateway_rest_api.orders.id
  stage_name  = aws_api_gateway_stage.live.stage_name
  domain_name = aws_apigatewayv2_domain_name.shop.domain_name
}

output "key" {
  value     = aws_api_gateway_api_key.client.value
  sensitive = true
}

