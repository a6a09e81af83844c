"""The arrows between the rooms: who may include whom. The same table as the CMakeLists' MAY_INCLUDE, by text."""

import re

SERVICES = ("dynamodb", "streams", "lambda", "iam", "sts", "s3", "logs", "sqs", "sns")

_ROOMS = {
    "emulator/base": (),
    "emulator/storage": ("emulator/base",),
    "emulator/protocol": ("emulator/base",),
    "emulator/access": ("emulator/base",),
    "runtime/ports": ("emulator/base",),
    "runtime/filter": ("emulator/base", "runtime/ports"),
    "runtime/pool": ("emulator/base", "runtime/ports"),
    "runtime/poller": ("emulator/base", "emulator/storage", "runtime/ports", "runtime/filter", "runtime/pool"),
    # What every service is given, beside them.
    "emulator/services": ("emulator/base", "emulator/storage"),
    **{
        f"emulator/services/{service}": (
            "emulator/base", "emulator/storage", "emulator/protocol", "emulator/access", "runtime/ports",
            "emulator/services",
        )
        for service in SERVICES
    },
    "emulator/console": (),
    "python_handler": (),
}
# These wire everything together.
_ABOVE_ALL = ("emulator/server", "emulator/cli")

# A library that only some rooms may see.
_LIBRARIES = {
    r"<rocksdb/": ("emulator/storage",),
    r"<pybind11/": ("python_handler",),
    r"<Python.h>": ("python_handler",),
    r"<boost/beast": ("emulator/server", "runtime/pool"),
}


def room_of(name):
    rooms = [room for room in (*_ROOMS, *_ABOVE_ALL) if name.startswith(room + "/")]
    return max(rooms, key=len, default=None)


def includes(text):
    return re.findall(r'^\s*#\s*include\s+(<[^>]+>|"[^"]+")', text, re.MULTILINE)


def test_every_source_is_in_a_room(sources):
    assert [name for name in sources if room_of(name) is None] == []


def test_rooms_include_only_what_lies_below(sources):
    wrong = []
    for name, text in sources.items():
        room = room_of(name)
        if room is None or room in _ABOVE_ALL:
            continue
        for include in includes(text):
            if not include.startswith('"'):
                continue
            target = room_of(include.strip('"'))
            if target is None:
                wrong.append(f"{name}: {include} isn't a path from the root")
            elif target != room and target not in _ROOMS[room]:
                wrong.append(f"{name} ({room}) may not include {include}")
    assert wrong == []


def test_libraries_stay_in_their_rooms(sources):
    wrong = []
    for name, text in sources.items():
        for include in includes(text):
            for pattern, rooms in _LIBRARIES.items():
                if re.match(pattern, include) and room_of(name) not in rooms:
                    wrong.append(f"{name} includes {include}; only {', '.join(rooms)} may")
    assert wrong == []
