"""A WebSocket client for tests: text frames, pings, close; nothing else."""

import base64
import http.client
import os
import socket
import struct
import urllib.parse


class Refused(Exception):
    """The handshake's answer wasn't 101."""

    def __init__(self, status, body):
        super().__init__(f"{status}: {body!r}")
        self.status, self.body = status, body


class WebSocket:
    """Opens ws://host:port/path; `headers` go with the handshake."""

    def __init__(self, url, headers=None, timeout_s=20):
        parts = urllib.parse.urlsplit(url)
        self._socket = socket.create_connection((parts.hostname, parts.port), timeout=timeout_s)
        target = parts.path + ("?" + parts.query if parts.query else "")
        fields = {"Host": parts.netloc, "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
                  "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(), **(headers or {})}
        head = f"GET {target} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields.items()) + "\r\n"
        self._socket.sendall(head.encode())
        answer = http.client.HTTPResponse(self._socket, method="GET")
        answer.begin()
        self.headers = answer.headers
        if answer.status != 101:
            body = answer.read()
            self._socket.close()
            raise Refused(answer.status, body)
        self._answer, self._reader = answer, answer.fp  # the answer closes its file when nobody holds it

    def _frame(self, opcode, payload):
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
        length = len(payload)
        size = (struct.pack("!B", 0x80 | length) if length < 126 else struct.pack("!BH", 0x80 | 126, length) if length < 65536
                else struct.pack("!BQ", 0x80 | 127, length))
        self._socket.sendall(bytes([0x80 | opcode]) + size + mask + masked)

    def send(self, text):
        self._frame(1, text.encode())

    def send_bytes(self, data):
        self._frame(2, data)

    def ping(self):
        self._frame(9, b"p")
        return self._receive()

    def _receive(self):
        first, second = self._reader.read(2)
        length = second & 127
        if length == 126:
            length = struct.unpack("!H", self._reader.read(2))[0]
        elif length == 127:
            length = struct.unpack("!Q", self._reader.read(8))[0]
        return first & 15, self._reader.read(length)

    def receive(self):
        """The next text; for a close frame its code as a number."""
        opcode, payload = self._receive()
        if opcode == 8:
            try:
                self._frame(8, payload)  # agreed
            except OSError:
                pass
            self.break_off()
            return struct.unpack("!H", payload[:2])[0] if payload else 1005
        assert opcode == 1, opcode
        return payload.decode()

    def close(self, code=1000, linger=False):
        """Closes it politely; `linger`: says so, and then does nothing more."""
        self._frame(8, struct.pack("!H", code))
        if linger:
            return
        while True:
            opcode, _ = self._receive()
            if opcode == 8:
                break
        self.break_off()

    def break_off(self):
        """Ends the connection without a word."""
        self._socket.close()
        self._reader.close()
