"""Set-up of a checkout: system packages, the environment in .venv, and llama.cpp built for every processor."""
