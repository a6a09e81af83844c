# One stream, several functions, each with its own filter.
provider "aws" {
  region = "us-east-1"
}

locals {
  consumers = {
    arrivals = { eventName = ["INSERT"] }
    hundred  = { dynamodb = { NewImage = { Amount = { N = ["100"] } } } }
    large    = { dynamodb = { NewImage = { Amount = { N = [{ numeric = [">=", 100] }] } } } }
    eu       = { dynamodb = { NewImage = { Region = { S = [{ prefix = "eu-" }] } } } }
  }
}

module "table" {
  source = "../modules/stream_table"
  name   = "payments"
}

module "consumer" {
  source   = "../modules/python_function"
  for_each = local.consumers
  name     = "consumer-${each.key}"
}

module "mapping" {
  source     = "../modules/stream_mapping"
  for_each   = local.consumers
  stream_arn = module.table.stream_arn
  function   = module.consumer[each.key]
  patterns   = [jsonencode(each.value)]
}
