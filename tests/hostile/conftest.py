"""What hostile tests share with the contract tests: roles, functions, tables, buckets."""

from contract.conftest import (  # noqa: F401
    EmulatorClock,
    bucket,
    document,
    emulator_clock,
    make_function,
    make_role,
    make_table,
    package,
    s3,
    versioned,
)
