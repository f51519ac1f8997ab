"""The panels of the GAN room, one file per idea; playground/tabs/gan.py puts them together."""
