"""The panels of the Autoencoders room, one file per idea; playground/tabs/autoencoders.py puts them together."""
