"""What is kept: conversations, messages and their tokens, in one SQLite database."""
