"""A language model in another process: no Qt, no network, no SQLite."""
