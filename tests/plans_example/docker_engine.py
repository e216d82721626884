"""A small Docker Engine API that knows images by name, on loopback: enough for the real docker client."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from tests.plans_example.docker_api import DockerApi, serving


@contextmanager
def engine(images: Path) -> Iterator[str]:
    """Serve the images whose names a file has; gives DOCKER_HOST. An archive of an image is its name."""

    class Engine(_Engine):
        file = images

    with serving(Engine) as port:
        yield f"tcp://127.0.0.1:{port}"


class _Engine(DockerApi):
    file: Path

    def get(self) -> None:
        url = urlsplit(self.path)
        path = re.sub(r"^/v1\.\d+", "", unquote(url.path))
        if path == "/_ping":
            self.send(200, "OK")
        elif path == "/images/get":
            self._image(parse_qs(url.query)["names"][0], archive=True)
        elif found := re.fullmatch(r"/images/(.+)/json", path):
            self._image(found[1], archive=False)
        else:
            self.send(404, {"message": f"page {path} not found"})

    def post(self) -> None:
        path = re.sub(r"^/v1\.\d+", "", urlsplit(self.path).path)
        body = self._body().decode()
        if path == "/images/load":
            self.file.write_text("\n".join({*self._names(), body}), encoding="utf-8")
            self.send(200, {"stream": f"Loaded image: {body}\n"})
        elif path in ("/images/prune", "/build/prune"):
            self.send(200, {"SpaceReclaimed": 0})
        else:
            self.send(404, {"message": f"page {path} not found"})

    def _image(self, name: str, *, archive: bool) -> None:
        if name not in self._names():
            self.send(404, {"message": f"No such image: {name}"})
        elif archive:
            self.send(200, name.encode(), "application/x-tar")
        else:
            self.send(200, {"Id": f"sha256:{name}", "RepoTags": [name]})

    def _names(self) -> list[str]:
        return self.file.read_text(encoding="utf-8").split()

    def _body(self) -> bytes:
        """Read what was sent, in chunks where its length was not known."""
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body
