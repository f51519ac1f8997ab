"""The panels of the DALL·E room, one file per idea; playground/tabs/dalle.py puts them together."""
