"""The rules of the experiments: tasks, examples, scores, sweeps, statistics; no Qt, no SQL."""
