"""The panels of the DALL·E 2 room, one file per idea; playground/tabs/dalle2.py puts them together."""
