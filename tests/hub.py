"""A stub of the Hub: what its client asks for to make a repository, to write a commit, to list and to read files."""

import base64
import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

COMMIT = "1" * 40


class Hub(ThreadingHTTPServer):
    """Serves on a free port of this machine. `files[repository][path]` is what it has, `asked` every request."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answer)
        self.files: dict[str, dict[str, bytes]] = {}
        self.asked: list[str] = []
        self.daemon_threads = True
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answer(BaseHTTPRequestHandler):
    server: Hub

    def log_message(self, *_: object) -> None: ...

    def do_GET(self) -> None:
        self.read()

    def do_HEAD(self) -> None:
        self.read()

    def read(self) -> None:
        path = self._path()
        if path.startswith("/api/models/"):
            owner, name, *rest = path.removeprefix("/api/models/").split("/")
            repository = f"{owner}/{name}"
            if repository in self.server.files and rest[:1] == ["tree"]:
                return self._json([self._entry(repository, name) for name in self.server.files[repository]])
            if repository in self.server.files:
                siblings = [{"rfilename": name} for name in self.server.files[repository]]
                return self._json({"id": repository, "sha": COMMIT, "siblings": siblings, "private": False})
        elif "/resolve/" in path:
            repository, _, rest = path.strip("/").partition("/resolve/")
            content = self.server.files.get(repository, {}).get(rest.partition("/")[2])
            if content is not None:
                etag = f'"{hashlib.sha256(content).hexdigest()}"'
                return self._send(200, content, {"ETag": etag, "X-Repo-Commit": COMMIT})
        return self._send(404, b"{}", {"X-Error-Code": "RepoNotFound"})

    def do_POST(self) -> None:
        path, sent = self._path(), self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if path == "/api/repos/create":
            asked = json.loads(sent)
            repository = f"{asked.get('organization') or 'somebody'}/{asked['name']}"
            self.server.files.setdefault(repository, {})
            return self._json({"url": f"{self.server.url}/{repository}", "id": repository, "name": repository})
        if path == "/api/validate-yaml":
            return self._json({"errors": [], "warnings": []})
        if "/preupload/" in path:
            files = json.loads(sent)["files"]
            return self._json(
                {"files": [{"path": f["path"], "uploadMode": "regular", "shouldIgnore": False} for f in files]}
            )
        if "/commit/" in path:
            repository = path.removeprefix("/api/models/").partition("/commit/")[0]
            for line in map(json.loads, sent.splitlines()):
                if line["key"] == "file":
                    content = base64.b64decode(line["value"]["content"])
                    self.server.files[repository][line["value"]["path"]] = content
            url = f"{self.server.url}/{repository}/commit/{COMMIT}"
            return self._json({"success": True, "commitUrl": url, "commitOid": COMMIT, "hookOutput": ""})
        return self._send(404, b"{}")

    def _entry(self, repository: str, name: str) -> dict:
        content = self.server.files[repository][name]
        return {"type": "file", "path": name, "size": len(content), "oid": hashlib.sha1(content).hexdigest()}

    def _path(self) -> str:
        path = urlsplit(self.path).path
        self.server.asked.append(f"{self.command} {path}")
        return path

    def _json(self, answer: dict | list) -> None:
        self._send(200, json.dumps(answer).encode(), {"Content-Type": "application/json"})

    def _send(self, status: int, content: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)
