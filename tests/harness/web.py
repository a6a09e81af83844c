"""A web server of the tests' own, for what sends requests to customers' servers."""

import http.server
import threading


class Web(http.server.ThreadingHTTPServer):
    """A server that notes its requests and answers as `answer(request)` says: (status, headers, body)."""

    def __init__(self):
        web = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                request = {"method": self.command, "path": self.path, "headers": dict(self.headers), "body": body.decode()}
                web.requests.append(request)
                status, headers, text = web.answer(request)
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(text))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text.encode())

            do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = handle_any

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        self.requests, self.answer = [], lambda request: (200, {}, "{}")
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    def of(self, path):
        return [r for r in self.requests if r["path"].startswith(path)]
