"""The one door out of this machine: what may leave, what left, and with which token."""
