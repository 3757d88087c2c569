"""A STAC archive on the loopback address that fails in the ways that servers fail."""

import hashlib
import io
import json
import threading
import time
import zipfile
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOKEN = "s3cr3t-t0ken"


def a_zip(size=300_000, seed=1):
    """A small product."""
    import numpy as np

    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("a.SAFE/x.bin", np.random.default_rng(seed).bytes(size))
    return content.getvalue()


class Archive:
    """What the server has and how it behaves; `asked` is what it was asked for."""

    def __init__(self):
        self.files = {f"S1A_IW_GRDH_{k}": a_zip(seed=k) for k in range(3)}
        self.items = {}  # changes of an item by its name
        self.trouble = {}  # what happens to a file: a list, one for each request
        self.search_trouble = []
        self.endless = False
        self.token = self.login = None
        self.asked = []
        self.lock = threading.Lock()
        self.url = ""

    def item(self, name):
        content = self.files.get(name, b"")
        asset = {
            "href": f"{self.url}/file/{name}?signature=secret-signature",
            "file:size": len(content),
            "file:checksum": "1220" + hashlib.sha256(content).hexdigest(),
        }
        item = {
            "type": "Feature", "stac_version": "1.0.0", "id": name, "geometry": None,
            "properties": {"datetime": "2020-07-29T17:23:45Z", "sat:relative_orbit": 88},
            "links": [], "assets": {"product": asset},
        }  # fmt: skip
        self.items.get(name, lambda item: None)(item)
        return item


def handler(archive):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def answer(self, status, content=b"", headers=(), length=None):
            self.send_response(status)
            self.send_header("Content-Length", str(len(content) if length is None else length))
            for name, value in headers:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def say(self, what):
            self.answer(200, json.dumps(what).encode(), [("Content-Type", "application/json")])

        def do_POST(self):
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.do_GET()

        def do_GET(self):
            with archive.lock:
                archive.asked.append((self.path, dict(self.headers)))
            path = self.path.split("?")[0]
            if path.startswith("/file/"):
                return self.file(path.removeprefix("/file/"))
            if archive.search_trouble:
                trouble = archive.search_trouble.pop(0)
                if isinstance(trouble, int):
                    return self.answer(trouble)
                return self.answer(200, trouble, [("Content-Type", "application/json")])
            if path == "/search":
                items = [archive.item(name) for name in [*archive.files, *archive.items]]
                page = {"type": "FeatureCollection", "links": [], "features": items}
                if archive.endless:
                    page["links"] = [{"rel": "next", "href": f"{archive.url}/search?again"}]
                return self.say(page)
            return self.say({
                "type": "Catalog", "id": "x", "stac_version": "1.0.0", "description": "x",
                "conformsTo": ["https://api.stacspec.org/v1.0.0/core",
                               "https://api.stacspec.org/v1.0.0/item-search"],
                "links": [{"rel": "self", "href": archive.url},
                          {"rel": "search", "href": f"{archive.url}/search",
                           "type": "application/geo+json"}],
            })  # fmt: skip

        def file(self, name):
            if archive.login and self.headers.get("Authorization") != archive.login:
                return self.answer(401)
            if archive.token and self.headers.get("Authorization") != f"Bearer {archive.token}":
                return self.answer(401)
            content = archive.files[name]
            with archive.lock:
                queue = archive.trouble.get(name, [])
                trouble = queue.pop(0) if queue else None
            begin = 0
            asked = self.headers.get("Range")
            if asked and trouble != "no_range":
                begin = int(asked.removeprefix("bytes=").removesuffix("-"))
            part = content[begin:]
            more = [("Content-Range", f"bytes {begin}-{len(content) - 1}/{len(content)}")]
            status, headers = (206, more) if begin else (200, [])
            if isinstance(trouble, int):
                return self.answer(trouble, headers=[("Retry-After", "1000000")])
            if isinstance(trouble, tuple):  # where to instead
                return self.answer(302, headers=[("Location", trouble[0])])
            if trouble == "cut":
                self.answer(status, part[: len(part) // 2], headers, length=len(part))
                self.close_connection = True
                return None
            if trouble == "longer":
                return self.answer(status, part + b"x" * 5000, headers)
            if trouble == "shorter":
                return self.answer(status, part[:-5000], headers)
            if trouble == "changed":
                return self.answer(status, bytes(len(part)), headers)
            if trouble == "endless":
                self.send_response(200)
                self.end_headers()
                for _ in range(400):
                    self.wfile.write(bytes(10_000))
                self.close_connection = True
                return None
            if trouble == "drip":
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                try:
                    for k in range(100):
                        self.wfile.write(content[k : k + 1])
                        self.wfile.flush()
                        time.sleep(0.1)
                except OSError:
                    pass
                self.close_connection = True
                return None
            return self.answer(status, part, headers)

    return Handler


@contextmanager
def serving(archive=None):
    """The archive while it answers."""
    archive = archive or Archive()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(archive))
    server.daemon_threads = True
    server.handle_error = lambda *_: None
    archive.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield archive
    finally:
        server.shutdown()
        server.server_close()
