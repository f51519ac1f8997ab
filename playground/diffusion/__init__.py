"""The panels of the Diffusion room, one file per idea; playground/tabs/diffusion.py puts them together."""
