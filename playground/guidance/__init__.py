"""The panels of the Guidance room, one file per idea; playground/tabs/guidance.py puts them together."""
