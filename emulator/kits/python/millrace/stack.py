"""A Terraform configuration in an account: applied, its outputs, destroyed; or brought back by a snapshot."""

from __future__ import annotations

import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .account import Account
    from .server import Millrace

APPLY_SECONDS = 600.0
_IS_TAKEN = re.compile(r"AlreadyExists|AlreadyOwned|already exists|already in use", re.IGNORECASE)
_IN_USE = "are in use here by other accounts"  # says the server of an account's snapshot


class StackError(Exception):
    """Terraform failed; its output is the message."""


class Stack:
    """`folder` is copied, so that its state and plugins stay out of the project. `terraform`: the program to run."""

    def __init__(self, account: "Account", folder: str | os.PathLike, variables: dict[str, str], terraform: str | None = None,
                 environment: dict[str, str] | None = None):
        self.account = account
        self._source = pathlib.Path(folder)
        self._variables = variables
        self._terraform = terraform or os.environ.get("MILLRACE_TERRAFORM") or "terraform"
        self._environment = environment or {}
        self._folder: pathlib.Path | None = None
        self.outputs: dict[str, Any] = {}

    def apply(self) -> "Stack":
        """Initialises if need be and applies; `outputs` holds the values afterwards. StackError with Terraform's words."""
        if self._folder is None:
            parent = pathlib.Path(tempfile.mkdtemp(prefix="millrace-stack-"))
            self._folder = parent / self._source.resolve().name
            shutil.copytree(self._source, self._folder, ignore=shutil.ignore_patterns(".terraform", "terraform.tfstate*"))
            self._run("init", "-input=false", "-no-color")
        self._run("apply", "-auto-approve", "-input=false", "-no-color", *self._given())
        answered = json.loads(self._run("output", "-json", "-no-color"))
        self.outputs = {name: output["value"] for name, output in answered.items()}
        return self

    def drifts(self) -> bool:
        """Whether a plan finds something to change."""
        done = self._execute("plan", "-detailed-exitcode", "-input=false", "-no-color", *self._given())
        if done.returncode not in (0, 2):
            raise StackError(done.stdout + done.stderr)
        return done.returncode == 2

    def destroy(self) -> None:
        if self._folder is None:
            return
        folder, self._folder = self._folder, None
        try:
            self._run_in(folder, "destroy", "-auto-approve", "-input=false", "-no-color", *self._given())
        finally:
            shutil.rmtree(folder.parent, ignore_errors=True)

    def forget_folder(self) -> None:
        """What was applied stays; its state is thrown away."""
        if self._folder is not None:
            shutil.rmtree(self._folder.parent, ignore_errors=True)
            self._folder = None

    def __enter__(self) -> "Stack":
        return self.apply()

    def __exit__(self, *_: object) -> None:
        self.destroy()

    def _given(self) -> list[str]:
        return [f"-var={name}={value}" for name, value in self._variables.items()]

    def _run(self, *arguments: str) -> str:
        assert self._folder is not None
        return self._run_in(self._folder, *arguments)

    def _run_in(self, folder: pathlib.Path, *arguments: str) -> str:
        done = self._execute(*arguments, folder=folder)
        if done.returncode:
            raise StackError(f"terraform {arguments[0]} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def _execute(self, *arguments: str, folder: pathlib.Path | None = None) -> subprocess.CompletedProcess:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
        environment = {**kept, "TF_IN_AUTOMATION": "1", **self.account.environment, **self._environment}
        return subprocess.run([self._terraform, *arguments], cwd=folder or self._folder, env=environment,
                              capture_output=True, text=True, timeout=APPLY_SECONDS)


class StackCache:
    """Stacks that were applied once in this session. Each has an account of its own, which a snapshot brings back as it was
    after the apply: in milliseconds, whatever a test has done to it."""

    def __init__(self, server: "Millrace"):
        self._server = server
        self._kept: dict[str, tuple[str, dict[str, Any]]] = {}  # by what was applied: the account, the outputs
        self._filled: set[str] = set()  # those of the accounts that weren't emptied since

    def bring(self, account: "Account", folder: str | os.PathLike, variables: dict[str, str], **options: Any) -> Stack:
        """The stack, applied or brought back, in `account`, which nobody may have used: it takes the stack's number."""
        key = fingerprint(folder, variables, repr(sorted(options.items())))
        stack = Stack(account, folder, variables, **options)
        if key in self._kept:
            account.id, stack.outputs = self._kept[key]
            self._load(account.id)
            account.touch()
            return stack
        self.apply(stack)
        stack.forget_folder()
        account.drain()
        account.snapshots.save(self._name(account.id))
        self._kept[key] = (account.id, stack.outputs)
        self._filled.add(account.id)
        return stack

    def apply(self, stack: Stack) -> Stack:
        """Where a name that is one's in all the world, such as a bucket's, is an earlier stack's, that one makes way."""
        try:
            return stack.apply()
        except StackError as error:
            if not _IS_TAKEN.search(str(error)) or not self.make_way(but=stack.account.id):
                raise
            return stack.apply()

    def make_way(self, but: str | None = None) -> bool:
        """Empties the accounts of all that was applied, but this one: their names may be taken in another account then.
        bring() has them back. Whether there was one."""
        emptied = self._filled - {but}
        for account_id in emptied:
            self._server.reset(account=account_id)
        self._filled -= emptied
        return bool(emptied)

    def _load(self, account_id: str) -> None:
        from .server import MillraceError

        try:
            self._server.snapshots.load(self._name(account_id))
        except MillraceError as error:
            if _IN_USE not in str(error) or not self.make_way(but=account_id):
                raise
            self._server.snapshots.load(self._name(account_id))
        self._filled.add(account_id)

    @staticmethod
    def _name(account_id: str) -> str:
        return f"stack-{account_id}"


def fingerprint(folder: str | os.PathLike, variables: dict[str, str], more: str = "") -> str:
    """Of the configuration's files and of what it is given."""
    digest = hashlib.sha256(repr((sorted(variables.items()), more)).encode())
    root = pathlib.Path(folder).resolve()
    for file in sorted(root.rglob("*")):
        if ".terraform" in file.parts or file.name.startswith("terraform.tfstate") or not file.is_file():
            continue
        digest.update(f"{file.relative_to(root)}\0".encode() + file.read_bytes() + b"\0")
    return str(root) + digest.hexdigest()
