"""Has clang check the marks of emulator/base/mutex.h: every unit that takes a lock. The folder that is given gets a build's
options (CMake is run, nothing is built but generated headers). Exits 1 if a unit breaks a rule."""

import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
LOCKS = re.compile(r"\b(Mutex|MutexLock|SharedMutex|ReaderLock|WriterLock|GUARDED_BY)\b")
# What other compilers' options, warnings and precompiled headers clang doesn't take.
DROPPED = re.compile(r"^(-Winvalid-pch|-fpch-preprocess|-fdiagnostics-color=\w+|-W\w\S*|--param|ggc-\S+|-fsanitize=\S+|-Og|-c)$")


def headers_with_locks():
    return {str(path.relative_to(ROOT)) for folder in ("emulator", "runtime") for path in (ROOT / folder).rglob("*.h")
            if LOCKS.search(path.read_text())}


def command_of(entry):
    words, kept, skip = shlex.split(entry["command"]), [], False
    for word in words[next(i for i, w in enumerate(words) if re.search(r"(g\+\+|c\+\+|clang\+\+)", os.path.basename(w))) + 1:]:
        if skip:
            skip = False
        elif word in ("-o", "-include"):
            skip = True
        elif not DROPPED.match(word):
            kept.append(word)
    return ["clang++", *kept, "-fsyntax-only", "-Wno-everything", "-Wthread-safety", "-Werror=thread-safety"]


def configure(build):
    subprocess.run(["cmake", "-S", ROOT, "-B", build, "-G", "Ninja", "-DMILLRACE_TESTS=OFF"], check=True, stdout=subprocess.DEVNULL)
    targets = subprocess.run(["ninja", "-C", build, "-t", "targets", "all"], check=True, capture_output=True, text=True).stdout
    for made in re.findall(r"^([^/\s]\S*\.h): CUSTOM_COMMAND$", targets, re.MULTILINE):
        # Its own command, the last: ninja would build the libraries of its target as well.
        commands = subprocess.run(["ninja", "-C", build, "-t", "commands", made], check=True, capture_output=True, text=True).stdout
        subprocess.run(commands.splitlines()[-1], shell=True, check=True, cwd=build, stdout=subprocess.DEVNULL)


def sources_of(unit):
    """A unit's own sources: several where rooms are compiled as such (unity)."""
    path = pathlib.Path(unit)
    included = re.findall(r'^#include "(/[^"]+\.cc)"', path.read_text(), re.MULTILINE) if path.suffix == ".cxx" else []
    return [pathlib.Path(name) for name in included] or [path]


def takes_a_lock(path, headers):
    if ROOT not in path.parents or path.relative_to(ROOT).parts[0] not in ("emulator", "runtime"):
        return False
    text = path.read_text()
    return LOCKS.search(text) or any(name in headers for name in re.findall(r'#include "([^"]+)"', text))


def main(build):
    configure(build)
    headers = headers_with_locks()
    entries = {}
    for entry in json.loads((pathlib.Path(build) / "compile_commands.json").read_text()):
        sources = [path for path in sources_of(entry["file"]) if takes_a_lock(path, headers)]
        if sources:
            entries[entry["file"]] = entry, len(sources)
    if not entries:
        print("no unit takes a lock")
        return 1

    def check(item):
        unit, (entry, _) = item
        done = subprocess.run(command_of(entry), cwd=entry["directory"], capture_output=True, text=True)
        return unit, done.returncode, done.stderr

    wrong = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for unit, code, said in pool.map(check, sorted(entries.items())):
            if code:
                wrong += 1
                print(f"{os.path.relpath(unit, ROOT)}:\n{said}", flush=True)
    print(f"{sum(count for _, count in entries.values())} sources in {len(entries)} units checked, {wrong} units break a rule")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
