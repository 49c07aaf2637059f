"""Conversations to files: our own lossless lines, Markdown and HTML."""
