"""Figures: `python -m tests.bench NAME`, one line of JSON for each."""
