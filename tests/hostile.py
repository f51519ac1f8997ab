"""What people of ill will send: addresses, values, pictures."""

import io
import json
import math
import random
import sys

from PIL import Image

SECRET = "between-ourselves"  # stands in what visitors write; never in the log
ADDRESSES = (
    "/gradio_api/file=/etc/passwd",
    "/gradio_api/file=app.py",
    "/gradio_api/proxy=http://127.0.0.1:9/",
    "/gradio_api/stream/a/b/1/playlist.m3u8",
    "/gradio_api/upload_progress?upload_id=1",
    "/gradio_api/custom_component/a/client/b/c",
    "/gradio_api/dev/reload",
    "/gradio_api/deep_link?session_hash=fuzz",
    "/gradio_api/vibe-code/",
    "/gradio_api/queue/data?session_hash=nobody",
    "/gradio_api/queue/status",
    "/gradio_api/call/autoencoders_draws/0123",
    "/gradio_api/call/v2/nobody/0123",
    "/gradio_api/heartbeat/" + "a" * 200,
    "/monitoring/summary",
    "/pwa_icon/100000",
    "/static/%00",
    "/static/" + "a" * 300,
    "/assets/..%2f..%2fapp.py",
    "/?page=nowhere&deep_link=../x",
    "/config?page=nowhere",
    "/login",
    "/logout",
)
FILE = {"path": "http://127.0.0.1:9/x", "url": "http://127.0.0.1:9/x", "meta": {"_type": "gradio.FileData"}}
VALUES = (
    None,
    True,
    -1,
    0,
    1,
    3.7,
    1e308,
    10**30,
    10**400,
    math.nan,
    math.inf,
    -math.inf,
    "",
    SECRET,
    "x" * 30_000,
    "\ud83d",
    "<script>alert(1)</script>",
    "${alert(1)} {{value}}",
    "\u202e\u0000\u2028 🦊",
    "10|20",
    "1 2 3|" + SECRET,
    "noto.12,noto.99999999",
    [],
    [1, [2, [3]]],
    {},
    {"value": SECRET},
    {"kind": "atlas", "style": "noto", "tile": 10**30},
    {"kind": "atlas", "style": SECRET, "tile": 0},
    {"kind": "atlas", "style": ["noto"], "tile": True, "more": 10**30},
    {"kind": "png", "src": "data:image/png;base64,AAAA"},
    {"kind": "png", "src": "http://127.0.0.1:9/x.png"},
    {"kind": [], "src": {}},
    FILE,
    [FILE],
)


def nested(depth: int):
    value: list = []
    for _ in range(depth):
        value = [value]
    return value


def pictures(rng: random.Random) -> bytes:
    """A small picture file of some format, with some of its bytes changed, cut or doubled."""
    kind = rng.choice(["PNG", "JPEG", "WEBP", "GIF", "BMP", "AVIF", "TIFF"])
    picture = Image.effect_noise((rng.randint(1, 90), rng.randint(1, 90)), 60).convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = rng.randint(0, 9)
    buffer = io.BytesIO()
    picture.save(buffer, kind, **({"exif": exif.tobytes()} if kind in ("PNG", "JPEG", "WEBP") else {}))
    data = bytearray(buffer.getvalue())
    for _ in range(rng.choice([0, 1, 3, 30])):
        data[rng.randrange(len(data))] = rng.randrange(256)
    cut = rng.randrange(len(data) + 1) if rng.random() < 0.3 else len(data)
    return bytes(data[:cut])


def written(body) -> bytes:
    """JSON as a hostile client writes it, of any depth."""
    depth = sys.getrecursionlimit()
    sys.setrecursionlimit(100_000)
    try:
        return json.dumps(body).encode()
    finally:
        sys.setrecursionlimit(depth)
