"""What clients do when a transaction in flight is in their way: they try again."""

from botocore.exceptions import ClientError


def is_conflict(error):
    """Whether a write or a transaction met a transaction in flight on one of its items: then nothing was written."""
    if error.response["Error"]["Code"] == "TransactionConflictException":
        return error.response["Error"]["Message"] == "Transaction is ongoing for the item"
    codes = {reason["Code"] for reason in error.response.get("CancellationReasons", [])}
    return "TransactionConflict" in codes and codes <= {"None", "TransactionConflict"}


def insist(call, **arguments):
    """Calls until no transaction is in the way."""
    while True:
        try:
            return call(**arguments)
        except ClientError as error:
            if not is_conflict(error):
                raise
