"""The panels of the CLIP room, one file per idea; playground/tabs/clip.py puts them together."""
