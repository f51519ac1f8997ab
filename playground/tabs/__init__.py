"""A package per tab; found by playground/discovery.py."""
