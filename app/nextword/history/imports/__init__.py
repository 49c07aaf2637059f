"""Conversations from files: our own format and those of other programs, each read in a file of its own."""
