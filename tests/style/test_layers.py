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
# What every service is given stands beside the services, in no room of its own.
_SERVICE_CONTEXT = "emulator/services/service_context.h"


def rooms(files):
    """folder -> folders it may include, itself among them."""
    folders, direct = {}, {}
    for name, text in files.items():
        if not name.endswith("CMakeLists.txt"):
            continue
        declared = re.search(r"^millrace_room\((\w+)\s*(?:MAY_INCLUDE\s+([\w\s]*?))?\s*(?:(?:LIBRARIES|PRECOMPILED)[^)]*)?\)", text, re.M)
        if declared:
            folders[declared.group(1)] = name.rsplit("/", 1)[0]
            direct[declared.group(1)] = (declared.group(2) or "").split()

    def reachable(room):
        return {room}.union(*(reachable(below) for below in direct[room]))

    allowed = {folders[room]: {folders[below] for below in reachable(room)} for room in folders}
    allowed["python_handler"] = {"python_handler"}
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


def test_every_source_is_in_a_room(files, sources):
    allowed = rooms(files)
    assert [name for name in sources if room_of(name, allowed) is None and name != _SERVICE_CONTEXT] == []


def test_rooms_include_only_what_lies_below(files, sources):
    allowed, wrong = rooms(files), []
    for name, text in sources.items():
        room = room_of(name, allowed)
        for include in (i.strip('"') for i in includes(text) if i.startswith('"')):
            if include not in files:
                wrong.append(f"{name}: {include} isn't a path from the root")
            elif room and include != _SERVICE_CONTEXT and room_of(include, allowed) not in allowed[room]:
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
