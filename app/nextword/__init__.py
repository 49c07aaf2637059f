"""Nextword: chat with, and experiments on, language models that run on this machine."""

__version__ = "0.1.0"
