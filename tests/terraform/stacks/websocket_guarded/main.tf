# A WebSocket API behind a REQUEST authorizer, whose default route answers, with a model for messages and an access log.
provider "aws" {
  region = "us-east-1"
}

module "echo" {
  source = "../modules/python_function"
  name   = "guarded-echo"
}

module "guard" {
  source      = "../modules/python_function"
  name        = "guarded-guard"
  source_file = "guard.py"
}

resource "aws_apigatewayv2_api" "guarded" {
  name                       = "guarded"
  protocol_type              = "WEBSOCKET"
  route_selection_expression = "$request.body.action"
}

resource "aws_apigatewayv2_authorizer" "guard" {
  api_id           = aws_apigatewayv2_api.guarded.id
  name             = "guard"
  authorizer_type  = "REQUEST"
  authorizer_uri   = module.guard.invoke_arn
  identity_sources = ["route.request.querystring.token"]
}

resource "aws_apigatewayv2_integration" "echo" {
  api_id                    = aws_apigatewayv2_api.guarded.id
  integration_type          = "AWS_PROXY"
  integration_uri           = module.echo.invoke_arn
  content_handling_strategy = "CONVERT_TO_TEXT"
}

resource "aws_apigatewayv2_route" "connect" {
  api_id             = aws_apigatewayv2_api.guarded.id
  route_key          = "$connect"
  authorization_type = "CUSTOM"
  authorizer_id      = aws_apigatewayv2_authorizer.guard.id
  target             = "integrations/${aws_apigatewayv2_integration.echo.id}"
}

resource "aws_apigatewayv2_route" "default" {
  api_id                              = aws_apigatewayv2_api.guarded.id
  route_key                           = "$default"
  target                              = "integrations/${aws_apigatewayv2_integration.echo.id}"
  route_response_selection_expression = "$default"
}

resource "aws_apigatewayv2_route_response" "default" {
  api_id             = aws_apigatewayv2_api.guarded.id
  route_id           = aws_apigatewayv2_route.default.id
  route_response_key = "$default"
}

resource "aws_cloudwatch_log_group" "access" {
  name              = "/guarded/access"
  retention_in_days = 1
}

data "aws_iam_policy_document" "gateway" {
  statement {
    principals {
      type        = "Service"
      identifiers = ["apigateway.amazonaws.com"]
    }
    actions = ["sts:AssumeRole"]
  }
}

resource "aws_iam_role" "gateway" {
  name               = "guarded-gateway"
  assume_role_policy = data.aws_iam_policy_document.gateway.json
}

resource "aws_iam_role_policy_attachment" "gateway" {
  role       = aws_iam_role.gateway.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
}

# What WebSocket APIs log goes to the groups by the account's role.
resource "aws_api_gateway_account" "this" {
  cloudwatch_role_arn = aws_iam_role.gateway.arn
  depends_on          = [aws_iam_role_policy_attachment.gateway]
}

resource "aws_apigatewayv2_stage" "live" {
  api_id      = aws_apigatewayv2_api.guarded.id
  name        = "live"
  auto_deploy = true
  depends_on = [aws_api_gateway_account.this]
  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.access.arn
    format          = "$context.eventType $context.routeKey $context.status"
  }
  default_route_settings {
    throttling_rate_limit  = 50
    throttling_burst_limit = 100
  }
}

resource "aws_lambda_permission" "echo" {
  action        = "lambda:InvokeFunction"
  function_name = module.echo.name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.guarded.execution_arn}/*/*"
}

resource "aws_lambda_permission" "guard" {
  action        = "lambda:InvokeFunction"
  function_name = module.guard.name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.guarded.execution_arn}/authorizers/${aws_apigatewayv2_authorizer.guard.id}"
}

output "url" {
  value = aws_apigatewayv2_stage.live.invoke_url
}
