"""Nextword's own starter models: corpus, tokenizer, training, export and evaluation."""
