"""The `millrace` command: the server's program itself."""

import os
import sys

from .server import program


def main():
    path = program()
    os.execv(path, [str(path), *sys.argv[1:]])


if __name__ == "__main__":
    main()
