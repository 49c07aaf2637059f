"""The self-test on processors that are not here: everything that the program starts runs in qemu's user mode."""

from __future__ import annotations

import shutil
from pathlib import Path

from package_test.parts import Facts, parse_self_test
from package_test.roots import HOME, Root
from package_test.tools import PartFailed, run

PROCESSORS = {"Nehalem": "sse42", "SandyBridge": "sandybridge", "Haswell": "haswell"}
"""What is to be chosen on each."""
EMULATOR = "/emulator"
WAIT_SECONDS = 1500.0


def old_processors(root: Root) -> Facts:
    """Run the self-test on each; the numbers of the model must be right and the variant the best that it has."""
    folder = root.folder / EMULATOR.lstrip("/")
    folder.mkdir(exist_ok=True)
    emulator = shutil.which("qemu-x86_64-static")
    if emulator is None:
        raise PartFailed("qemu-x86_64-static is missing")
    shutil.copy(emulator, folder)
    source = Path(__file__).with_name("exec_shim.c")
    run("gcc", "-O1", "-shared", "-fPIC", "-o", folder / "exec_shim.so", source, "-ldl")
    facts: Facts = {}
    wrong = []
    for processor, wanted in PROCESSORS.items():
        command = [f"{EMULATOR}/qemu-x86_64-static", "-cpu", processor]
        command += ["-E", f"LD_PRELOAD={EMULATOR}/exec_shim.so", "-E", f"EMULATED_PROCESSOR={processor}"]
        command += ["/opt/nextword/nextword", "--self-test", "--profile", f"{HOME}/{processor}"]
        done = root.run(command, wait_seconds=WAIT_SECONDS)
        found = parse_self_test(done.stdout, done.stderr)
        facts[processor] = {
            name: found.get(name) for name in ("ok", "variant", "tried", "score_difference", "seconds", "error")
        }
        if not found["ok"] or found["variant"] != wanted:
            wrong.append(processor)
    shutil.rmtree(folder)
    if wrong:
        raise PartFailed(f"not as they should be: {', '.join(wrong)}: {facts}")
    return facts
