"""Terraform files among the scripts that a server runs when it is ready."""

import json
import urllib.request

import providers
from harness import aws, waiting
from harness.server import Server

TABLE = """
provider "aws" {
  region = "us-east-1"
}

resource "aws_dynamodb_table" "made" {
  name         = "made-at-start"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "pk"
  attribute {
    name = "pk"
    type = "S"
  }
}
"""
QUEUE = """
provider "aws" {
  region = "us-east-1"
}

resource "aws_sqs_queue" "made" {
  name = "made-at-start"
}
"""


def scripts(server):
    with urllib.request.urlopen(server.endpoint + "/_localstack/init", timeout=30) as answer:
        return [(one["name"], one["state"]) for one in json.load(answer)["scripts"]]


def test_a_file_and_a_folder_are_applied_at_each_start(tmp_path, provider):
    """A file by itself and a folder of files; at the second start Terraform finds its state and changes nothing."""
    folder = tmp_path / "data/init/ready.d"
    (folder / "2-queue").mkdir(parents=True)
    (folder / "1-table.tf").write_text(TABLE)
    (folder / "2-queue/main.tf").write_text(QUEUE)
    configuration = tmp_path / "terraform.rc"
    configuration.write_text(providers.cli_configuration(providers.only(provider, tmp_path / "mirror")))
    launcher = ["env", f"TF_CLI_CONFIG_FILE={configuration}", "CHECKPOINT_DISABLE=1", "AWS_EC2_METADATA_DISABLED=true"]
    for start in ("first", "second"):
        with Server(tmp_path / f"{start}.log", data_dir=tmp_path / "data", launcher=launcher) as server:
            waiting.until(lambda: [state for _, state in scripts(server) if state not in ("UNKNOWN", "RUNNING")][1:], "both are through", 400)
            assert scripts(server) == [("1-table.tf", "SUCCESSFUL"), ("2-queue", "SUCCESSFUL")], server.log()
            assert aws.make_client(server.endpoint, "dynamodb", "000000000000").list_tables()["TableNames"] == ["made-at-start"]
            assert aws.make_client(server.endpoint, "sqs", "000000000000").list_queues()["QueueUrls"]
            log, changed = server.log(1_000_000), "1 added" if start == "first" else "0 added"
            assert log.count(f"Apply complete! Resources: {changed}, 0 changed") == 2
            assert "Initializing" not in log
