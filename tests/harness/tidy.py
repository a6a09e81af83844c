"""clang-tidy by the project's .clang-tidy, one process a core. Without --all only what changed counts: the lines that differ from
where this branch left main (else from the last commit), in the sources that hold them. Exits 1 if it finds something.

    /usr/bin/python3 tests/harness/tidy.py [--all] [FILE...]"""

import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PRODUCT = ("emulator/", "runtime/", "python_handler/")


def git(*words):
    done = subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, text=True)
    return done.stdout if done.returncode == 0 else None


def base_of_branch():
    """The commit that the change is measured from; None: there is nothing to compare with."""
    for main in ("origin/main", "main"):
        found = git("merge-base", "HEAD", main)
        if found and found.strip() != (git("rev-parse", "HEAD") or "").strip():
            return found.strip()
    return "HEAD" if git("rev-parse", "HEAD") else None


def changed_lines(base):
    """{file: [[first, last], ...]} of product sources, as they are in the working tree."""
    out, name = {}, None
    for line in (git("diff", "-U0", "--diff-filter=d", base, "--", "*.cc", "*.h") or "").splitlines():
        if line.startswith("+++ "):
            name = line[6:] if line[6:].startswith(PRODUCT) else None
        elif name and (match := re.match(r"@@ -\S+ \+(\d+)(?:,(\d+))? @@", line)):
            first, count = int(match.group(1)), int(match.group(2) or 1)
            if count:
                out.setdefault(name, []).append([first, first + count - 1])
    return out


def units_for(names):
    """The sources to read: a header is read by the source of its name."""
    units = set()
    for name in names:
        source = name if name.endswith(".cc") else name[:-2] + ".cc"
        if (ROOT / source).is_file():
            units.add(source)
    return sorted(units)


def include_folders():
    """Where a build has put generated headers, and Python's."""
    folders = set()
    commands = pathlib.Path(os.environ.get("MILLRACE_BUILD_DIR") or ROOT / "build") / "compile_commands.json"
    if commands.is_file():
        for entry in json.loads(commands.read_text()):
            words = shlex.split(entry["command"])
            folders |= {word[2:] for word in words if word.startswith("-I") and len(word) > 2}
            folders |= {folder for option, folder in zip(words, words[1:]) if option == "-isystem"}
    return sorted(folders)


def check(unit, options, line_filter):
    words = ["clang-tidy", "--quiet", *line_filter, unit, "--", "-std=c++20", f"-I{ROOT}", "-D_GLIBCXX_ASSERTIONS",
             "-DFMT_SHARED", "-DSPDLOG_COMPILED_LIB", "-DSPDLOG_FMT_EXTERNAL", *options]
    said = subprocess.run(words, cwd=ROOT, capture_output=True, text=True).stdout
    return [line for line in said.splitlines() if re.search(r": (warning|error): .*\[[\w.,-]+\]$", line)]


def findings(every=False, names=()):
    """Lines of the form `file:line:column: warning: ... [check]`; None if clang-tidy isn't installed."""
    if not shutil.which("clang-tidy"):
        return None
    line_filter, units = [], list(names)
    if every:
        units = [str(p.relative_to(ROOT)) for folder in PRODUCT for p in sorted((ROOT / folder).rglob("*.cc"))]
    elif not units:
        base = base_of_branch()
        lines = changed_lines(base) if base else {}
        units = units_for(lines)
        line_filter = ["-line-filter=" + json.dumps([{"name": name, "lines": spans} for name, spans in lines.items()])]
    options = [f"-isystem{folder}" for folder in include_folders()]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        found = pool.map(lambda unit: check(unit, options, line_filter), units)
        return sorted({line.replace(f"{ROOT}/", "") for lines in found for line in lines})


if __name__ == "__main__":
    told = findings("--all" in sys.argv, [word for word in sys.argv[1:] if not word.startswith("-")])
    if told is None:
        sys.exit("clang-tidy isn't installed: apt-get install clang-tidy")
    print("\n".join(told) if told else "clang-tidy finds nothing")
    sys.exit(1 if told else 0)
