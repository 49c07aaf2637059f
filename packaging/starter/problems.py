"""What can go wrong in the pipeline for reasons that a person can act on."""

from __future__ import annotations


class PipelineError(RuntimeError):
    """A step cannot run or must not; the message is for people."""
