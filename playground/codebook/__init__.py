"""The panels of the Codebook room, one file per idea; playground/tabs/codebook.py puts them together."""
