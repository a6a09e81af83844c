def heard(stack, entity):
    return [r["dynamodb"] for r in stack.printed_records(f"/aws/lambda/dev-{entity}-listener")]


def exercise(stack):
    stack.put("dev-invoice", {"pk": "i1", "Sum": 3})
    stack.put("dev-customer", {"pk": "c1", "Name": "Ada"})
    stack.drain()
    (invoice,) = heard(stack, "invoice")
    assert "NewImage" not in invoice and invoice["StreamViewType"] == "KEYS_ONLY"
    (customer,) = heard(stack, "customer")
    assert customer["NewImage"]["Name"] == {"S": "Ada"}
    assert sorted(r["Keys"]["pk"]["S"] for r in heard(stack, "product")) == ["p0", "p1", "p2"]


def update(stack):
    stack.edit("main.tf", '${count.index}.5', '${count.index}.75')
    stack.edit("main.tf", 'Stage = "dev"', 'Stage = "test"')
    return {f"aws_dynamodb_table_item.first[{n}]" for n in range(3)} | {'module.table["customer"].aws_dynamodb_table.table'}


def after_update(stack):
    stack.drain()
    changed = heard(stack, "product")[3:]
    assert sorted(r["NewImage"]["Price"]["N"] for r in changed) == ["0.75", "1.75", "2.75"]
