"""The rules of the completion playground; no Qt, no SQL."""
