"""What the tree looks like, and calls that no source makes."""

import collections
import fnmatch
import re

import pytest

TOP_LEVEL = {"emulator", "runtime", "python_handler", "docker", "tests", "CMakeLists.txt", "README.md", "LICENSE"}
LINES_MAX = 600  # one subject a file; beyond this it is likely two

# (pattern, files it is allowed in, why)
BANNED = (
    (r"\bsleep_for\b|\bsleep_until\b|\busleep\b|\bnanosleep\b|(?<![\w.>:])sleep\(", (), "nothing sleeps that could be woken"),
    (r"\b(system|high_resolution)_clock::now\b", ("emulator/base/", "runtime/pool/real_time.h"), "time comes from Clock"),
    # Idle connections, a drain's patience and that for a world's last requests end by real time, whatever the emulator's clock shows.
    (
        r"\bsteady_clock::now\b",
        ("emulator/base/", "emulator/server/http_server.cc", "emulator/server/session.cc",
         "emulator/server/admin_drain.cc", "emulator/server/admin_snapshots.cc", "emulator/server/gate.cc",
         "runtime/pool/real_time.h"),
        "durations come from Timers",
    ),
    (r"\bgettimeofday\b|(?<!\w)time\(\s*(nullptr|NULL|0)\s*\)", ("emulator/base/",), "time comes from Clock"),
    (r"\bstd::rand\b|\bsrand\(|\brandom_device\b|\bmt19937", ("emulator/base/",), "randomness comes from Random"),
    (r"\bstd::cout\b|\bprintf\(", ("emulator/cli/", "python_handler/"), "output goes through the log"),
    (r"\bstd::(mutex|shared_mutex|recursive_mutex|lock_guard|scoped_lock)\b", ("emulator/base/mutex.h",),
     "locks are base/mutex.h's, whose marks clang checks"),
    (r"\busing namespace std;", (), "names keep their origin"),
    (r"\bco_await\b|\bco_return\b|\bco_yield\b", (), "GCC 12 miscompiles coroutines; callbacks and threads are used"),
)


def code_only(text):
    """Without comments and string literals, the lines kept where they were."""
    blank = lambda match: re.sub(r"[^\n]", " ", match.group())  # noqa: E731
    return re.sub(r'R"(\w*)\(.*?\)\1"|//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"', blank, text, flags=re.DOTALL)


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def test_the_checks_see_what_they_look_for():
    assert re.search(BANNED[0][0], "std::this_thread::sleep_for(1s)")
    assert re.search(BANNED[0][0], "  sleep(1);") and not re.search(BANNED[0][0], "do_not_sleep(1)")
    assert "sleep" not in code_only('// sleep(1)\nf("sleep(1)"); /* sleep(1) */')
    assert code_only("a\n// b\nc").count("\n") == 2


@pytest.mark.parametrize("pattern, allowed, why", BANNED, ids=[why for _, _, why in BANNED])
def test_banned_calls(sources, pattern, allowed, why):
    found = []
    for name, text in sources.items():
        if name.startswith(allowed):
            continue
        code = code_only(text)
        found += [f"{name}:{line_of(code, m.start())}: {m.group()}" for m in re.finditer(pattern, code)]
    assert found == [], why


# json::items() refers to the json it is called on: a temporary is gone before the loop's first turn.
ITEMS_OF_A_CALL = re.compile(r"for \([^;{}]*:[^;{}]*?\b(\w+)\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)\s*\.items\(\)\s*\)")
GIVE_REFERENCES = {"at", "front", "back"}


def test_no_loop_over_the_items_of_a_temporary(sources):
    assert ITEMS_OF_A_CALL.search('for (const auto& [k, v] : in.value("A", Json::object()).items()) {').group(1) == "value"
    found = []
    for name, text in sources.items():
        code = code_only(text)
        for match in ITEMS_OF_A_CALL.finditer(code):
            if match.group(1) not in GIVE_REFERENCES:
                found.append(f"{name}:{line_of(code, match.start())}")
    assert found == []


def test_top_level_holds_nothing_else(files):
    entries = {name.split("/")[0] for name in files}
    assert {entry for entry in entries if not entry.startswith(".")} - TOP_LEVEL == set()


def test_every_room_has_a_readme(files):
    rooms = {name.rsplit("/", 1)[0] for name in files if re.match(r"(emulator|runtime)/.*\.(cc|h)$", name)}
    # A folder inside a room is part of it.
    rooms = {re.match(r"(emulator/services/\w+|emulator/\w+|runtime/\w+)", room).group() for room in rooms}
    rooms |= {"python_handler", "python_handler/users_stream", "docker", "tests", "emulator/demo", "emulator/setup"}
    assert [room for room in sorted(rooms) if f"{room}/README.md" not in files] == []


def test_files_have_one_subject(files):
    # Data and prose are as long as they are; walks.py is a list of lists.
    code = (".cc", ".h", ".py", ".js", ".sh", ".tf")
    long = {n: t.count("\n") for n, t in files.items() if n.endswith(code) and t.count("\n") > LINES_MAX and n != "tests/harness/walks.py"}
    assert long == {}


def test_no_path_of_one_machine(files):
    found = []
    for name, text in files.items():
        for match in re.finditer(r"(?<![\w.$}/-])/(home/\w+|root|work|Users/\w+)/", text):
            found.append(f"{name}:{line_of(text, match.start())}: {match.group()}")
    assert found == []


def test_headers_are_guarded(sources):
    assert [n for n, t in sources.items() if n.endswith(".h") and not t.startswith("#pragma once")] == []


def test_every_operation_is_declared_once(sources):
    """One operation, one declaration: no two files of a service declare the same name."""
    seen = collections.defaultdict(list)
    for name, text in sources.items():
        if name.startswith("emulator/services/") and name.endswith(".cc"):
            for operation in re.findall(r'\.name\s*=\s*"(\w+)"', text):
                seen[name.split("/")[2], operation].append(name)
    assert {key: names for key, names in seen.items() if len(names) > 1} == {}


def test_every_service_says_where_its_model_and_tests_are(files):
    """Floors, what is stored, how to run only its tests: in each service's README, and what it names is there."""
    wrong = []
    for name, text in files.items():
        room = re.fullmatch(r"(emulator/services/\w+)/README\.md", name)
        if not room:
            continue
        section = re.search(r"^## Model and tests\n\n- Floors: .*\n- What is stored.*: (.*); every key: .*\n- Only its tests: (.*)\n", text, re.M)
        if not section:
            wrong.append(f"{name}: no section 'Model and tests' with floors, what is stored, tests")
            continue
        for path in re.findall(r"`([\w/]+\.(?:h|cc))`", section.group(1)):
            if not {f"{room.group(1)}/{path}", f"emulator/{path}"} & files.keys():
                wrong.append(f"{name}: {path}")
        for pattern in re.findall(r"tests/contract/[\w*.]+", section.group(2)):
            if not fnmatch.filter(files, pattern):
                wrong.append(f"{name}: {pattern}")
    assert wrong == []
