"""Every folder of stacks/: apply, no drift, exercise, one update in place, no drift, exercise, destroy, nothing left.

All run side by side on one server, an account each. A stack is main.tf and stack.py, which has
  exercise(stack)   uses it and asserts what happened
  update(stack)     edits its files; returns the set of addresses that the plan must then change
  after_update(stack)  asserts what is different now
  MAY_REPLACE       addresses that the update replaces, where Terraform can't do otherwise
  MOSTLY_SLEEPS     True where the provider polls for a minute and more whatever we answer: after a change of a queue
                    or of lifecycle rules. Measured: of 131 s of queue_workers' apply and destroy it sleeps 112, of
                    85 s of bucket_rules' 69; all of our answers together take 0.3 s.
`stack` is a workspace.Workspace. A folder with a pending.txt is skipped for the reason that the file gives.
"""

import concurrent.futures
import importlib.util
import pathlib
import traceback

import pytest

from workspace import Workspace

STACKS = sorted(p.parent for p in (pathlib.Path(__file__).parent / "stacks").glob("*/main.tf"))
# The provider's start costs about 3 s of a core, and an apply sleeps 5 s or more: three keep two cores busy.
SIDE_BY_SIDE = 3
# Those that mostly sleep run beside them. A provider takes some hundred MiB, so not all at once.
ASLEEP_SIDE_BY_SIDE = 3


def load(folder):
    spec = importlib.util.spec_from_file_location(f"stack_{folder.name}", folder / "stack.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(folder, provider, work, server):
    """None, or what went wrong with all that Terraform printed."""
    stack = None
    try:
        behaviour = load(folder)
        stack = Workspace(folder, work / folder.name / provider / "stack", server, provider)
        stack.init()
        stack.apply()
        stack.assert_no_drift()
        behaviour.exercise(stack)
        expected = behaviour.update(stack)
        actions = stack.assert_updates_in_place(getattr(behaviour, "MAY_REPLACE", ()))
        assert expected <= set(actions), f"expected {expected} to change, the plan changes {set(actions)}"
        stack.assert_no_drift()
        behaviour.after_update(stack)
        stack.destroy()
        stack.assert_nothing_left()
        return None
    except Exception:  # the report crosses a thread
        return "\n".join([*(stack.log if stack else []), traceback.format_exc()])


@pytest.fixture(scope="module")
def runs(request, server, tmp_path_factory):
    """Starts all selected stacks at once; each test then waits for its own."""
    wanted = [item.callspec.params for item in request.session.items if item.module is request.module]
    selected = {(one["folder"], one["provider"]) for one in wanted if not (one["folder"] / "pending.txt").exists()}
    work = tmp_path_factory.mktemp("stacks")
    pools = concurrent.futures.ThreadPoolExecutor(SIDE_BY_SIDE), concurrent.futures.ThreadPoolExecutor(ASLEEP_SIDE_BY_SIDE)
    with pools[0], pools[1]:
        asleep = {folder: getattr(load(folder), "MOSTLY_SLEEPS", False) for folder, _ in selected}
        yield {one: pools[asleep[one[0]]].submit(run, *one, work, server) for one in sorted(selected)}


@pytest.mark.slow
@pytest.mark.parametrize("folder", STACKS, ids=lambda folder: folder.name)
def test_stack(runs, folder, provider):
    pending = folder / "pending.txt"
    if pending.exists():
        pytest.skip(pending.read_text().strip())
    trouble = runs[folder, provider].result()
    if trouble:
        pytest.fail(trouble, pytrace=False)
