"""What a conversation, a document and an experiment have in common when they ask the engine; no Qt, no SQL."""
