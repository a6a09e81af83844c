#!/usr/bin/env python3
"""unity_groups.py SIZE FILE...: which sources of a room are compiled as one unit.

Most of a unit's time goes into headers and templates that its neighbours need too, so a build from nothing compiles
several files together. Two files don't share a unit if both keep a thing of the same name to themselves (an anonymous
namespace, or `using other::Thing`, unless both mean the same), or if they open different namespaces (`using namespace`) or lie
on different floors (folders). Prints `FILE<tab>GROUP` lines.
"""

import pathlib
import re
import sys

ANONYMOUS = re.compile(r"^namespace \{$(.*?)^\}  // namespace$", re.M | re.S)
# At the start of a line: types, and whatever a bracket, an equals sign or a semicolon follows. Too many names do no harm.
DECLARED = re.compile(r"\b(?:struct|class|enum|using|union) (\w+)|\b(\w+) ?(?=[(={;\[])")
USING = re.compile(r"^using ([\w:]+::\w+);", re.M)
CONDITIONAL = re.compile(r"^#(define|undef|ifdef|ifndef|if) ", re.M)


def facts(path):
    """What a source means by the names that it keeps to itself, and what must be equal among files of a unit."""
    text = pathlib.Path(path).read_text()
    names = {using.rsplit("::", 1)[1]: using for using in USING.findall(text)}
    for body in ANONYMOUS.findall(text):
        for line in body.splitlines():
            if line[:1].isalpha() or line[:1] == "[":
                names.update((name, path) for match in DECLARED.findall(line) for name in match if name)
    surroundings = (
        str(pathlib.Path(path).parent),
        tuple(sorted(set(re.findall(r"^using (?:namespace |\w+ =)[^\n]*;", text, re.M)))),
        tuple(sorted(set(re.findall(r"^namespace ([\w:]+) \{", text, re.M)))),
    )
    alone = bool(CONDITIONAL.search(text)) or "int main(" in text
    return names, surroundings, alone


def main():
    size, files = int(sys.argv[1]), sys.argv[2:]
    groups = []  # [surroundings, names, files]
    for path in files:
        names, surroundings, alone = facts(path)
        if alone:
            continue
        for group in groups:
            clash = any(group[1].get(name, meaning) != meaning for name, meaning in names.items())
            if group[0] == surroundings and len(group[2]) < size and not clash:
                group[1].update(names)
                group[2].append(path)
                break
        else:
            groups.append([surroundings, dict(names), [path]])
    for number, (_, _, members) in enumerate(groups):
        for path in members if len(members) > 1 else []:
            print(f"{path}\tgroup{number}")


main()
