"""The native libraries of llama.cpp are chosen in bundle/selection.py."""
