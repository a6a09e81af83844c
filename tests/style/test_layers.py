"""The arrows between the rooms: who may include whom. The CMakeLists say it (MAY_INCLUDE); headers alone would link
whatever they include, so it is checked by text."""

import re

# A library that only some rooms may see.
_LIBRARIES = {
    r"<rocksdb/": ("emulator/storage",),
    r"<pybind11/": ("python_handler",),
    r"<Python.h>": ("python_handler",),
    r"<boost/beast": ("emulator/server", "emulator/cli", "runtime/pool"),
}
# The seam: what the server and the rooms say to each other. All who make a room include it.
_SEAM = ("emulator/services/service_context.h", "emulator/services/room.h", "emulator/services/admin_route.h",
         "emulator/services/findings.h", "emulator/services/kept_entries.h")


def rooms(files):
    """folder -> folders it may include, itself among them."""
    folders, direct = {}, {}
    for name, text in files.items():
        if not name.endswith("CMakeLists.txt"):
            continue
        services = re.search(r"^foreach\(service ([\w ]+)\)", text, re.M)
        if services:
            text = text.replace("${rooms}", " ".join(f"service_{name}" for name in services.group(1).split()))
        declared = re.search(r"^millrace_room\((\w+)\s*(?:SOURCES\s+[\w.]+\s+)?(?:MAY_INCLUDE\s+([\w\s]*?))?\s*(?:(?:LIBRARIES|PRECOMPILED)[^)]*)?\)", text, re.M)
        if declared:
            folders[declared.group(1)] = name.rsplit("/", 1)[0]
            direct[declared.group(1)] = (declared.group(2) or "").split()

    def reachable(room):
        return {room}.union(*(reachable(below) for below in direct[room]))

    allowed = {folders[room]: {folders[below] for below in reachable(room)} for room in folders}
    allowed["python_handler"] = {"python_handler", "runtime/messages"}
    return allowed


def room_of(name, allowed):
    return max((room for room in allowed if name.startswith(room + "/")), key=len, default=None)


def includes(text):
    return re.findall(r'^\s*#\s*include\s+(<[^>]+>|"[^"]+")', text, re.MULTILINE)


def test_the_rooms_are_read_from_cmake(files):
    allowed = rooms(files)
    assert allowed["emulator/base"] == {"emulator/base"}
    assert allowed["emulator/access"] == {"emulator/base", "emulator/access"}
    assert len(allowed) > 15


def test_services_reach_each_other_through_ports_only(files):
    for room, below in rooms(files).items():
        if room.startswith(("emulator/services/", "runtime/")):
            assert [r for r in below - {room} if r.startswith(("emulator/services/", "emulator/server"))] == [], room


def test_the_server_names_no_service(files, sources):
    assert [room for room in rooms(files)["emulator/server"] if room.startswith(("emulator/services", "runtime/"))] == []
    named = {folder.removeprefix("emulator/services/") for folder in rooms(files) if folder.startswith("emulator/services/")}
    found = []
    for name, text in sources.items():
        if name.startswith("emulator/server/"):
            found += [f"{name}: {include}" for include in includes(text)
                      if include.startswith('"emulator/services/') and include.split("/")[2] in named]
    assert found == []


def test_one_list_makes_all_rooms(files):
    listed = re.findall(r"(\w+)::make_room\b", files["emulator/services/all.cc"])
    built = {folder.rsplit("/", 1)[1] for folder in rooms(files) if folder.startswith("emulator/services/")}
    assert len(listed) == len(set(listed))
    assert set(listed) == built | {"pool", "poller", "delivery", "trace"}


def test_every_source_is_in_a_room(files, sources):
    allowed = rooms(files)
    assert [name for name in sources if room_of(name, allowed) is None] == []


def test_rooms_include_only_what_lies_below(files, sources):
    allowed, wrong = rooms(files), []
    for name, text in sources.items():
        room = room_of(name, allowed)
        for include in (i.strip('"') for i in includes(text) if i.startswith('"')):
            if include not in files:
                wrong.append(f"{name}: {include} isn't a path from the root")
            elif room and include not in _SEAM and room_of(include, allowed) not in allowed[room]:
                wrong.append(f"{name} ({room}) may not include {include}")
    assert wrong == []


def test_libraries_stay_in_their_rooms(files, sources):
    allowed, wrong = rooms(files), []
    for name, text in sources.items():
        for include in includes(text):
            for pattern, homes in _LIBRARIES.items():
                if re.match(pattern, include) and room_of(name, allowed) not in homes:
                    wrong.append(f"{name} includes {include}; only {', '.join(homes)} may")
    assert wrong == []


def floors(readme):
    """The table under `## Floors` of a room's README, lowest first: sets of names that may include each other. A name is a
    folder (`items/`), a file (`errors.h`) or a pair of .h and .cc without the ending; `*` is everything else. What stands
    `beside` something on a floor doesn't know it."""
    section = re.search(r"^## Floors\n(.*?)(?=^## |\Z)", readme, re.M | re.S)
    rows = re.findall(r"^\| (?!floor)[^|-][^|]* \| (.+?) \|$", section.group(1), re.M) if section else []
    return [[set(re.findall(r"`([^`]+)`", side)) for side in row.split(" beside ")] for row in rows]


def place_of(path, table):
    """(floor, side) of a file, by its path inside the room."""
    names = {path, re.sub(r"\.(cc|h)$", "", path), path.split("/")[0] + "/" if "/" in path else path}
    for wanted in (names, {"*"}):
        for level, sides in enumerate(table):
            for side, listed in enumerate(sides):
                if listed & wanted:
                    return level, side
    return None


def climbing(room, table, sources):
    found = []
    for name, text in sources.items():
        if not name.startswith(room + "/"):
            continue
        here = place_of(name.removeprefix(room + "/"), table)
        for include in (i.strip('"') for i in includes(text)):
            if include.startswith(room + "/"):
                there = place_of(include.removeprefix(room + "/"), table)
                if here and there and there != here and there[0] >= here[0]:
                    found.append(f"{name} may not include {include}, which is on a floor above or beside ({room}/README.md)")
        if not here:
            found.append(f"{name} is on no floor")
    return found


def test_the_floor_checks_see_what_they_look_for():
    table = floors("## Floors\n\n| floor | files |\n|---|---|\n| a | `a/`, `w.h` |\n| b | `b` beside `c` |\n| rest | `*` |\n")
    assert table == [[{"a/", "w.h"}], [{"b"}, {"c"}], [{"*"}]]
    sources = {"r/a/x.cc": '#include "r/b.h"\n', "r/b.cc": '#include "r/a/y.h"\n#include "r/b.h"\n', "r/c.h": '#include "r/b.h"\n',
               "r/top.cc": '#include "r/c.h"\n#include "r/other.h"\n'}
    assert [line.split()[0] for line in climbing("r", table, sources)] == ["r/a/x.cc", "r/c.h"]


def test_no_room_climbs_its_floors(files, sources):
    declared = {name.removesuffix("/README.md"): floors(text) for name, text in files.items() if name.endswith("/README.md")}
    declared = {room: table for room, table in declared.items() if table}
    assert {f"emulator/services/{room}" for room in ("dynamodb", "iam", "lambda", "logs", "s3")} <= set(declared)
    assert [line for room, table in declared.items() for line in climbing(room, table, sources)] == []
