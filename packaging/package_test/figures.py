"""How soon the installed window is there beside the one of a checkout, started by turns on the same machine."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import tempfile
from pathlib import Path

from bundle.places import ROOT
from package_test.driver import Run
from package_test.parts import Facts
from package_test.roots import Root
from package_test.screen import Screen
from package_test.tools import PartFailed

RUNS = 5
MOST_TIMES = 2.0


def start(root: Root) -> Facts:
    """Start both by turns, with what they read in the cache; each first start has a profile of its own."""
    installed, checkout = [], []
    for number in range(RUNS + 1):
        with Screen() as screen:
            going = Run(root, screen, {"NEXTWORD_PROFILE": f"/tmp/start-{number}"})
            installed.append(going.wait_for_window())
            going.quit()
        checkout.append(_checkout_seconds())
    value, reference = statistics.median(installed[1:]), statistics.median(checkout[1:])
    facts: Facts = {
        "installed_seconds": round(value, 3),
        "checkout_seconds": round(reference, 3),
        "times": round(value / reference, 2),
        "runs": RUNS,
    }
    if value > MOST_TIMES * reference:
        raise PartFailed(f"the start takes too long: {facts}")
    return facts


def _checkout_seconds() -> float:
    profile = Path(tempfile.mkdtemp(prefix="nextword-start-"))
    with Screen() as screen:
        environment = {**os.environ, "DISPLAY": screen.name, "QT_QPA_PLATFORM": "xcb", "PYTHONPATH": str(ROOT / "app")}
        command = [str(ROOT / ".venv" / "bin" / "python"), "-m", "nextword", "--profile", str(profile)]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            seconds = screen.wait_for_window(process)
        finally:
            process.terminate()
            process.wait()
    shutil.rmtree(profile, ignore_errors=True)
    return seconds
