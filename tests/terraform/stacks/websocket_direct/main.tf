# A WebSocket API without functions: a mock answers pings, what is ordered goes to a queue with a role.
provider "aws" {
  region = "us-east-1"
}

data "aws_caller_identity" "current" {}

resource "aws_sqs_queue" "orders" {
  name = "direct-orders"
}

resource "aws_iam_role" "gateway" {
  name = "direct-gateway"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "apigateway.amazonaws.com" }
  }] })
}

resource "aws_iam_role_policy" "gateway" {
  name = "send"
  role = aws_iam_role.gateway.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Action = "sqs:SendMessage", Resource = aws_sqs_queue.orders.arn }
  ] })
}

resource "aws_apigatewayv2_api" "direct" {
  name                       = "direct"
  protocol_type              = "WEBSOCKET"
  route_selection_expression = "$request.body.action"
}

resource "aws_apigatewayv2_integration" "ping" {
  api_id                        = aws_apigatewayv2_api.direct.id
  integration_type              = "MOCK"
  template_selection_expression = "200"
  request_templates             = { "200" = "{\"statusCode\": 200}" }
}

resource "aws_apigatewayv2_integration_response" "ping" {
  api_id                        = aws_apigatewayv2_api.direct.id
  integration_id                = aws_apigatewayv2_integration.ping.id
  integration_response_key      = "/200/"
  template_selection_expression = "200"
  response_templates            = { "200" = "{\"pong\": true}" }
}

resource "aws_apigatewayv2_integration" "order" {
  api_id                        = aws_apigatewayv2_api.direct.id
  integration_type              = "AWS"
  integration_method            = "POST"
  integration_uri               = "arn:aws:apigateway:us-east-1:sqs:path/${data.aws_caller_identity.current.account_id}/${aws_sqs_queue.orders.name}"
  credentials_arn               = aws_iam_role.gateway.arn
  passthrough_behavior          = "NEVER"
  template_selection_expression = "\\$default"
  request_parameters            = { "integration.request.header.Content-Type" = "'application/x-www-form-urlencoded'" }
  request_templates             = { "$default" = "Action=SendMessage&MessageBody=$util.urlEncode($input.json('$.order'))" }
}

resource "aws_apigatewayv2_route" "ping" {
  api_id                              = aws_apigatewayv2_api.direct.id
  route_key                           = "ping"
  target                              = "integrations/${aws_apigatewayv2_integration.ping.id}"
  route_response_selection_expression = "$default"
}

resource "aws_apigatewayv2_route_response" "ping" {
  api_id             = aws_apigatewayv2_api.direct.id
  route_id           = aws_apigatewayv2_route.ping.id
  route_response_key = "$default"
}

resource "aws_apigatewayv2_route" "order" {
  api_id    = aws_apigatewayv2_api.direct.id
  route_key = "order"
  target    = "integrations/${aws_apigatewayv2_integration.order.id}"
}

resource "aws_apigatewayv2_stage" "live" {
  api_id      = aws_apigatewayv2_api.direct.id
  name        = "live"
  auto_deploy = true
}

output "url" {
  value = aws_apigatewayv2_stage.live.invoke_url
}

output "orders" {
  value = aws_sqs_queue.orders.url
}
