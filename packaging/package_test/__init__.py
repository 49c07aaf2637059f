"""Tries the package where people will: in clean systems, as an ordinary user, without a network, on old processors."""
