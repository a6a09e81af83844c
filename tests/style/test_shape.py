"""Functions that can be seen whole, and few parameters. It reads the sources' braces, not C++: what is formatted by
clang-format is all that it understands."""

import re

from .test_tree import code_only, line_of

FUNCTION_LINES_MAX = 70
PARAMETERS_MAX = 6
FILE_LINES_MAX = 500
PRODUCT = ("emulator/", "runtime/", "python_handler/")

# A list is a list, however long.
LONG_FILES = {"emulator/services/dynamodb/expression/reserved_words.cc"}
LISTS = {"all_operations", "operations_of", "described"}
# To become shorter; nothing new comes in here.
MANY_PARAMETERS = {
    ("emulator/server/pipeline.cc", "Pipeline::Pipeline"),
    ("emulator/server/pipeline.h", "Pipeline"),
    ("emulator/services/iam/user_credentials.cc", "add_entry"),
    ("emulator/services/logs/arrivals.cc", "show_to_live_tails"),
    ("emulator/services/logs/arrivals.cc", "accept_events"),
    ("emulator/services/logs/arrivals.h", "accept_events"),
    ("emulator/services/logs/insights/execute.cc", "scan"),
    ("emulator/services/s3/objects/commit.cc", "remove_for_good"),
    ("emulator/services/s3/objects/commit.cc", "delete_version"),
    ("emulator/services/s3/objects/commit.h", "delete_version"),
}

_NOT_FUNCTIONS = re.compile(
    r"^(?:inline\s+)?(?:namespace|class|struct|enum|union|extern|using|if|for|while|switch|do|else|try|catch|return|case|default)\b"
)
_ENDS_LIKE_A_HEAD = re.compile(r"\)\s*(?:const|noexcept|override|final|mutable|&|&&|->\s*[\w:<>,&*\s]+|\s)*$")


def product(sources):
    return {name: text for name, text in sources.items() if name.startswith(PRODUCT)}


def parameters(head):
    """How many parameters the first pair of parentheses of a function's head has."""
    begin = head.find("(")
    round_, angle, count, seen = 0, 0, 1, False
    for at in range(begin, len(head)):
        char = head[at]
        if char in "([{":
            round_ += 1
        elif char in ")]}":
            round_ -= 1
            if round_ == 0:
                return count if seen else 0
        elif char == "<":
            angle += 1
        elif char == ">" and head[at - 1] != "-":
            angle = max(0, angle - 1)
        elif char == "," and round_ == 1 and angle == 0:
            count += 1
        if round_ and at > begin and not char.isspace():
            seen = True
    return 0


def is_function(head):
    return (
        "(" in head
        and not _NOT_FUNCTIONS.match(head)
        and "=" not in re.sub(r"operator\W+", "", head.split("(")[0])
        and "[" not in head.split("(")[0]
    )


def name_of(head):
    name = re.search(r"([\w:~]+|operator\S+)\s*\(", head)
    return name.group(1) if name else head[:40]


def functions(text):
    """(name, first line, lines, parameters) of each function that is defined or declared outside of others."""
    code = re.sub(r"(?m)^\s*#[^\n]*(?:\\\n[^\n]*)*", lambda m: re.sub(r"[^\n]", " ", m.group()), code_only(text))
    code = re.sub(r"'(?:\\.|[^'\\\n])'", "' '", code)
    found, stack = [], []  # stack: "scope", "init" (of a member in a constructor's list) or ("function", head, begin)
    begin = parens = 0
    for match in re.finditer(r"[{}();]", code):
        char, at = match.group(), match.start()
        inside = any(entry not in ("scope",) for entry in stack)
        if char == "(":
            parens += 1
        elif char == ")":
            parens -= 1
        elif char == "{":
            head = re.sub(r"^(?:\s|public:|private:|protected:|template\s*<[^;{]*?>\s*(?=\w))+", "", code[begin:at])
            first = at - len(head)
            if inside or parens > 0:
                stack.append("inner")
            elif is_function(head) and _ENDS_LIKE_A_HEAD.search(head):
                stack.append(("function", head, first))
            elif re.search(r"\)\s*:[^:]", head) or (is_function(head) and "=" not in head):
                stack.append("init")  # `Head(...) : member_{`: the head goes on behind it
                continue
            else:
                stack.append("scope" if _NOT_FUNCTIONS.match(head) else "inner")
            if not inside and parens == 0 and stack[-1] in ("scope",):
                begin = at + 1
        elif char == "}":
            entry = stack.pop() if stack else "scope"
            if entry == "init":
                continue
            if isinstance(entry, tuple):
                _, head, first = entry
                lines = code.count("\n", first, at) + 1
                found.append((name_of(head), line_of(code, first), lines, parameters(head)))
            if not any(e not in ("scope",) for e in stack):
                begin = at + 1
        elif char == ";" and not inside and parens == 0:
            head = code[begin:at].strip()
            if is_function(head) and re.match(r"[\w:<>,&*\s~\[\]]+\(", head):
                found.append((name_of(head), line_of(code, at), 0, parameters(head)))
            begin = at + 1
    return found


def test_the_checks_see_what_they_look_for():
    text = """
namespace a {
struct S {
  S(int a, std::map<int, int> b)
      : x_{a}, y_(b) {
    f([] { return 1; });
  }
  void g(int, int, int, int, int, int, std::function<void(int, int)> seventh);
};
int h() {
  if (x) {
    y();
  }
}
}  // namespace a
"""
    assert functions(text) == [("S", 4, 4, 2), ("g", 8, 0, 7), ("h", 10, 5, 0)]


def test_functions_can_be_seen_whole(sources):
    long = [
        f"{name}:{line}: {function} has {lines} lines"
        for name, text in product(sources).items()
        for function, line, lines, _ in functions(text)
        if lines > FUNCTION_LINES_MAX and function not in LISTS
    ]
    assert long == []


def test_parameter_lists_are_short(sources):
    many = [
        f"{name}:{line}: {function} has {count} parameters"
        for name, text in product(sources).items()
        for function, line, _, count in functions(text)
        if count > PARAMETERS_MAX and (name, function) not in MANY_PARAMETERS
    ]
    assert many == []


def test_files_have_few_lines(sources):
    long = {n: t.count("\n") for n, t in product(sources).items() if t.count("\n") > FILE_LINES_MAX}
    assert {name: lines for name, lines in long.items() if name not in LONG_FILES} == {}
