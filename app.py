"""Serves the app: `python app.py`, or as a Hugging Face Space. The environment is set before Gradio is imported."""

import os
import warnings

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("GRADIO_ANALYTICS_CACHE_FREQUENCY", "1000000")
os.environ.setdefault("GRADIO_ANALYTICS_MAX_EVENTS", "200")

import torch
from PIL import Image

Image.MAX_IMAGE_PIXELS = 2**23  # our own atlas pages are 2816 x 2816
warnings.filterwarnings("ignore", module=r"PIL\.")  # what it says of a damaged upload, the visitor is told
warnings.simplefilter("error", Image.DecompressionBombWarning)
torch.set_num_threads(max(1, (os.cpu_count() or 2) - 1))  # one core stays with the web server

from playground import build, launch_options, warm
from playground.serving import checkpoints, memory

memory.keep_small(checkpoints.relieve)
demo = build()
demo.queue(max_size=512, default_concurrency_limit=1, api_open=False)

if __name__ == "__main__":
    demo.launch(prevent_thread_lock=True, **launch_options())
    demo.server.config.timeout_keep_alive = (
        75  # seconds; in a crowd a request may be that long in coming after the last one
    )
    warm()
    demo.block_thread()
