"""Model files on this machine: which there are and what they hold."""
