"""The environment that trains the starter models, .venv-starter: PyTorch, and the same llama.cpp as the program's."""

import hashlib
from pathlib import Path

from setup import environment
from setup.console import run_logged
from setup.stamp import read_stamp, write_stamp


def set_up_starter(root: Path, engine_wheel: Path) -> None:
    """Make .venv-starter unless it is up to date."""
    venv = environment.Venv(root / ".venv-starter")
    requirements = root / "packaging" / "starter" / "requirements.txt"
    wanted = {
        "digest": hashlib.sha256(requirements.read_bytes()).hexdigest(),
        "root": str(root),
        "engine": engine_wheel.parent.name,
    }
    stamp = read_stamp(venv.folder)
    why_new = environment.why_new(venv, made_at=stamp.get("root"), asked=False)
    if why_new is None and stamp == wanted:
        return
    if why_new is not None:
        environment.make(venv)
    # First, so that pip finds llama-cpp-python there and does not build one for this processor alone
    environment.install_wheel(venv, engine_wheel, label="llama-cpp-python for the training environment")
    run_logged(
        [venv.python, "-I", "-m", "pip", "install", "-r", requirements],
        label="PyTorch and what else the training needs",
        log_path=venv.log_path,
        environment=environment.pip_environment(),
        read_detail=environment.pip_detail(),
    )
    write_stamp(venv.folder, wanted)
