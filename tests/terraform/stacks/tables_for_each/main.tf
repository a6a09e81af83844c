# Many alike: tables and functions by for_each and count, one mapping each.
provider "aws" {
  region = "us-east-1"
}

locals {
  entities = toset(["customer", "invoice", "product"])
}

module "table" {
  source    = "../modules/stream_table"
  for_each  = local.entities
  name      = "dev-${each.key}"
  view_type = each.key == "invoice" ? "KEYS_ONLY" : "NEW_AND_OLD_IMAGES"
  tags      = { Entity = each.key, Stage = "dev" }
}

module "listener" {
  source   = "../modules/python_function"
  for_each = local.entities
  name     = "dev-${each.key}-listener"
}

module "mapping" {
  source     = "../modules/stream_mapping"
  for_each   = local.entities
  stream_arn = module.table[each.key].stream_arn
  function   = module.listener[each.key]
}

resource "aws_dynamodb_table_item" "first" {
  count      = 3
  table_name = module.table["product"].name
  hash_key   = "pk"
  item       = jsonencode({ pk = { S = "p${count.index}" }, Price = { N = "${count.index}.5" }, Tags = { SS = ["a", "b"] } })
}
