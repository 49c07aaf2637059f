#!/bin/sh
# Finds a Python that is new enough and runs the set-up with it. When nothing changed since the last
# set-up, the environment's own Python says so and that is all.
set -eu
cd "$(dirname "$0")/.."

if [ $# -eq 0 ] && [ -z "${PYTHON:-}" ] && [ -x ../.venv/bin/python ]; then
    if ../.venv/bin/python -m setup.stamp 2>/dev/null; then exit 0; fi
fi

for candidate in ${PYTHON:+"$PYTHON"} python3 python3.13 python3.12 python3.11 python3.14; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        exec "$candidate" -m setup "$@"
    fi
    if [ -n "${PYTHON:-}" ]; then
        echo "PYTHON=$PYTHON does not run as Python 3.11 or newer; Nextword needs one." >&2
        exit 1
    fi
done
echo "Nextword needs Python 3.11 or newer, and none was found. On Debian 12 and Ubuntu 24.04:" >&2
echo "    sudo apt-get update && sudo apt-get install -y python3 python3-venv" >&2
exit 1
