"""Asks a running playground for a picture and saves it: `python docs/examples/client.py "a blue house" house.png`.

It needs `pip install gradio_client`; the app is at 127.0.0.1:7860, or where PLAYGROUND_URL says.
"""

import base64
import os
import sys
from pathlib import Path

from gradio_client import Client

URL = os.environ.get("PLAYGROUND_URL", "http://127.0.0.1:7860")


def save(data_url: str, path: str) -> None:
    """Pictures come as data URLs; this writes the file that is inside one."""
    Path(path).write_bytes(base64.b64decode(data_url.partition(",")[2]))


def main():
    prompt, path = sys.argv[1:] or ("strawberry", "strawberry.png")
    client = Client(URL, verbose=False)
    answer = client.predict(prompt=prompt, seed=1, api_name="/dalle2_stages")
    save(answer["large"], path)
    print(f"{path} is {answer['side']} pixels a side; the same picture again: {URL}/{answer['link']}")
    client.close()


if __name__ == "__main__":
    main()
