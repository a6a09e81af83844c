"""CBOR as the Go SDK speaks it to CloudWatch (rpc-v2-cbor): maps and lists of indefinite length out, any length in."""

import struct


class Moment(float):
    """Seconds since the epoch, sent as a timestamp: tag 1 and a double."""


def encode(value):
    if isinstance(value, Moment):
        return b"\xc1\xfb" + struct.pack(">d", value)
    if isinstance(value, dict):
        return b"\xbf" + b"".join(encode(k) + encode(v) for k, v in value.items()) + b"\xff"
    if isinstance(value, list):
        return b"\x9f" + b"".join(map(encode, value)) + b"\xff"
    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, str):
        return _head(3, len(value.encode())) + value.encode()
    if isinstance(value, float):
        return b"\xfb" + struct.pack(">d", value)
    if isinstance(value, int):
        return _head(0, value) if value >= 0 else _head(1, -1 - value)
    raise TypeError(value)


def decode(data):
    """The one value in `data`; a timestamp becomes its number. ValueError where something follows it."""
    value, end = _decode(data, 0)
    if end != len(data):
        raise ValueError(f"{len(data) - end} bytes follow")
    return value


_BREAK = object()


def _head(major, number):
    if number < 24:
        return bytes([major << 5 | number])
    for code, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if number < 1 << 8 * size:
            return bytes([major << 5 | code]) + number.to_bytes(size, "big")
    raise ValueError(number)


def _decode(data, at):
    major, low = data[at] >> 5, data[at] & 31
    at += 1
    if major == 7:
        simple = {20: False, 21: True, 22: None, 23: None, 31: _BREAK}
        if low in simple:
            return simple[low], at
        form = {25: ">e", 26: ">f", 27: ">d"}[low]
        return struct.unpack_from(form, data, at)[0], at + struct.calcsize(form)
    number = low
    if 24 <= low <= 27:
        size = 1 << low - 24
        number, at = int.from_bytes(data[at:at + size], "big"), at + size
    if major in (0, 1):
        return (number if major == 0 else -1 - number), at
    if major in (2, 3):
        text = data[at:at + number]
        return (text.decode() if major == 3 else text), at + number
    if major == 6:
        return _decode(data, at)
    values, left = [], None if low == 31 else number * (2 if major == 5 else 1)
    while left is None or left > 0:
        value, at = _decode(data, at)
        if value is _BREAK:
            break
        values.append(value)
        left = None if left is None else left - 1
    return (values if major == 4 else dict(zip(values[::2], values[1::2]))), at
