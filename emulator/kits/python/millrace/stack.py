"""A Terraform configuration in an account: applied, its outputs, destroyed."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .account import Account

APPLY_SECONDS = 600.0


class StackError(Exception):
    """Terraform failed; its output is the message."""


class Stack:
    """`folder` is copied, so that its state and plugins stay out of the project. `terraform`: the program to run."""

    def __init__(self, account: "Account", folder: str | os.PathLike, variables: dict[str, str], terraform: str | None = None,
                 environment: dict[str, str] | None = None):
        self._account = account
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
        environment = {**kept, "TF_IN_AUTOMATION": "1", **self._account.environment, **self._environment}
        return subprocess.run([self._terraform, *arguments], cwd=folder or self._folder, env=environment,
                              capture_output=True, text=True, timeout=APPLY_SECONDS)
