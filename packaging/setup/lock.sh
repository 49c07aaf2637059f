#!/bin/sh
# Writes requirements.lock anew from pyproject.toml and build.in: every version with the hash of each of its
# published files, for Python 3.11 and later, and no registry named. Versions that the lock has stay unless
# the arguments ask otherwise:   packaging/setup/lock.sh --upgrade-package numpy     (needs uv on PATH)
set -eu
cd "$(dirname "$0")/../.."
exec uv pip compile pyproject.toml packaging/setup/build.in --group dev \
    --universal --python-version 3.11 --generate-hashes --no-emit-index-url --annotation-style line \
    --custom-compile-command packaging/setup/lock.sh --output-file requirements.lock "$@"
