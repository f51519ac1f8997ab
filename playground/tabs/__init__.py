"""One file per room; found by playground/discovery.py."""
