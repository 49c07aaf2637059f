"""`nextword --self-test`: does everything work on this machine? No window; one line of JSON; 0 or 1.

Runs the real parts: the engine check, the engine process with the model, a generated and a scored text whose
numbers must agree, and a database in the profile folder. A conversation of the profile itself is never touched.
"""

from __future__ import annotations

import importlib
import json
import math
import queue
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import nextword
from nextword import frozen, resources
from nextword.engine import protocol
from nextword.engine.client import Engine, EngineStatus, JobEvent, JobFailed
from nextword.engine.tokens import TokenStep, pack, text_of, unpack
from nextword.errors import EngineFault, NextwordError, ProfileNotUsable
from nextword.history.conversations import Conversations
from nextword.history.database import open_database
from nextword.history.records import Origin, Outcome
from nextword.paths import find_profile
from nextword.versions import versions

T = TypeVar("T")

PROMPT = "What is a token?"
GENERATED_TOKENS = 24
WAIT_SECONDS = 180.0
_SELDOM_LOADED = (
    "huggingface_hub.hf_api",
    "huggingface_hub.inference._client",
    "httpx2",
    "jinja2.sandbox",
    "keyring.backends.SecretService",
    "latex2mathml.converter",
    "markdown_it",
    "pygments.lexers.python",
    "regex",
    "rouge_score.rouge_scorer",
    "sacrebleu",
    "truststore",
    "ziamath",
)
_PDF = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj
4 0 obj<</Length 33>>stream
BT /F 12 Tf 9 9 Td (token) Tj ET
endstream endobj
5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
xref
0 1
0000000000 65535 f\x20
trailer<</Root 1 0 R/Size 6>>
startxref
0
%%EOF
"""
TOLERANCE, COARSE_TOLERANCE = 0.001, 0.1
"""Natural log. A batch rounds what it multiplies elsewhere than one token does: in quantized models that is less than
0.001, nothing with most variants, but 0.04 in this test with AVX and without FMA (measured). Wrong arithmetic is off by
far more."""
AVX_WITHOUT_FMA = ("sandybridge", "ivybridge")


@dataclass
class _Run:
    """Delivers on the thread that waits, and collects what the line of JSON says."""

    facts: dict[str, object] = field(default_factory=dict)
    _calls: queue.SimpleQueue[Callable[[], None]] = field(default_factory=queue.SimpleQueue)

    def deliver(self, function: Callable[[], None]) -> None:
        self._calls.put(function)

    def wait(self, ready: Callable[[], T | None], what: str) -> T:
        """Run deliveries until `ready` returns something. Raises EngineFault after a while."""
        end = time.monotonic() + WAIT_SECONDS
        while (found := ready()) is None:
            try:
                self._calls.get(timeout=max(0.0, end - time.monotonic()))()
            except queue.Empty:
                raise EngineFault(f"{what}: nothing within {WAIT_SECONDS:g} s") from None
        return found


def run(*, model: Path | None = None, profile: Path | None = None) -> int:
    """Test this installation; print the result; return 0 if everything works, else 1."""
    began = time.monotonic()
    test = _Run({"ok": False, "app": nextword.__version__, "python": sys.version.split()[0]})
    path = model or resources.STARTER_INSTRUCT
    test.facts["model"] = path.name
    test.facts["versions"] = versions()
    try:
        _test(test, path, profile)
        test.facts["ok"] = True
    except NextwordError as error:
        test.facts["error"] = {"kind": type(error).__name__, **error.to_wire()}
    except (OSError, sqlite3.Error) as error:
        test.facts["error"] = {"kind": type(error).__name__, "detail": str(error)}
    test.facts["seconds"] = round(time.monotonic() - began, 2)
    sys.stdout.write(json.dumps(test.facts) + "\n")
    return 0 if test.facts["ok"] else 1


def _test(test: _Run, model: Path, chosen_profile: Path | None) -> None:
    profile = find_profile(chosen_profile)
    try:
        profile.create()
        scratch = Path(tempfile.mkdtemp(prefix="self-test-", dir=profile.root))
    except OSError as error:
        raise ProfileNotUsable(str(profile.root), str(error)) from error
    engine = Engine(test.deliver, cache=profile.cache)
    try:
        steps = _test_engine(test, engine, model)
        _test_history(test, scratch / "history.db", steps)
        if frozen.is_frozen():
            _test_parts(test)
    finally:
        engine.close()
        shutil.rmtree(scratch, ignore_errors=True)


def _test_engine(test: _Run, engine: Engine, model: Path) -> list[TokenStep]:
    """Load, generate, score; return what was generated."""
    began = time.monotonic()
    engine.use(str(model))
    status = test.wait(lambda: _settled(engine), "load")
    test.facts["load_seconds"] = round(time.monotonic() - began, 2)
    test.facts |= {"llama": status.llama_version, "variant": status.variant, "tried": list(status.tried)}
    if status.isolation is not None:
        test.facts |= {"isolation": status.isolation.level, "isolation_missing": list(status.isolation.missing)}

    events: list[JobEvent] = []
    sampling = protocol.Sampling(temperature=0.0, seed=1)
    prompt = protocol.TextPrompt(PROMPT)
    engine.ask(protocol.Generate(0, prompt, sampling, protocol.Until(GENERATED_TOKENS)), events.append)
    done = test.wait(lambda: _last(events), "generate")
    assert isinstance(done, protocol.Finished)
    steps = [event.step for event in events if isinstance(event, protocol.TokenChosen)]
    if done.generation_seconds > 0:
        test.facts["tokens_per_second"] = round((done.generated_tokens - 1) / done.generation_seconds, 1)
    test.facts["generated"] = text_of(steps)
    test.facts["tokens"] = len(steps)
    _check_distributions(steps)

    events.clear()
    engine.ask(protocol.Score(0, protocol.TextPrompt(PROMPT + text_of(steps)), alternatives=5), events.append)
    scored = test.wait(lambda: _last(events), "score")
    assert isinstance(scored, protocol.Scored)
    judged = [step for event in events if isinstance(event, protocol.ScoredPart) for step in event.steps]
    coarse = any(name in status.variant for name in AVX_WITHOUT_FMA)
    compared, difference = _compare(steps, judged, COARSE_TOLERANCE if coarse else TOLERANCE)
    test.facts |= {"scored_tokens": len(judged), "compared_tokens": compared, "score_difference": difference}
    return steps


def _test_parts(test: _Run) -> None:
    """Load every library that the program uses only now and then, and read a PDF: what was left out of a frozen
    program would be found out on the day it is needed. Raises EngineFault."""
    lacking = []
    for name in _SELDOM_LOADED:
        try:
            importlib.import_module(name)
        except ImportError as error:
            lacking.append(f"{name}: {error}")
    if lacking:
        raise EngineFault("; ".join(lacking))
    test.facts["libraries"] = len(_SELDOM_LOADED)
    from nextword.chat.pdf_text import PdfReader

    answer = PdfReader().read(Path("self-test.pdf"), _PDF)
    if answer.text.strip() != "token":
        raise EngineFault(f"a PDF was read as {answer.text[:80]!r}")
    test.facts["pdf"] = "ok"


def _settled(engine: Engine) -> EngineStatus | None:
    """Return the status once a model is ready. Raises what keeps it from being loaded."""
    status = engine.status
    if status.error is not None:
        raise status.error
    return status if status.state == "ready" else None


def _last(events: list[JobEvent]) -> protocol.Finished | protocol.Scored | None:
    if events and isinstance(events[-1], JobFailed):
        raise events[-1].error
    if events and isinstance(events[-1], (protocol.Finished, protocol.Scored)):
        return events[-1]
    return None


def _check_distributions(steps: list[TokenStep]) -> None:
    """Raise EngineFault unless there are tokens and their probabilities are such."""
    if not steps:
        raise EngineFault("no token was generated")
    for step in steps:
        total = math.fsum(candidate.probability for candidate in step.candidates)
        if not (0.0 < step.probability <= 1.0 + 1e-6 and total <= 1.0 + 1e-4 and step.entropy_bits >= 0.0):
            raise EngineFault(f"impossible probabilities: p {step.probability}, sum {total}")


def _compare(generated: list[TokenStep], scored: list[TokenStep], tolerance: float) -> tuple[int, float]:
    """Return how many tokens are the same in both, and by how much their log-probabilities differ at most.

    A text may be cut into other tokens than it was generated from; only a tail that is the same is compared.
    """
    compared, largest = 0, 0.0
    for one, other in zip(reversed([step for step in generated if not step.special]), reversed(scored), strict=False):
        if one.id != other.id:
            break
        compared, largest = compared + 1, max(largest, abs(one.logprob - other.logprob))
    if largest > tolerance:
        raise EngineFault(f"generated and scored log-probabilities differ by {largest:g}")
    return compared, round(largest, 7)


def _test_history(test: _Run, path: Path, steps: list[TokenStep]) -> None:
    """Write a conversation, close, open again, read it. Raises EngineFault when it is not the same."""
    db = open_database(path)
    conversations = Conversations(db)
    conversation = conversations.create()
    question = conversations.add_message(conversation, None, "user", PROMPT)
    origin = Origin("", "", "", "", {}, 1, nextword.__version__, "", "")
    answer = conversations.begin_answer(conversation, question, origin)
    conversations.append_tokens(answer, text_of(steps), pack(steps))
    conversations.finish_answer(answer, text_of(steps), Outcome("complete", "end"), block=pack(steps))
    db.close()
    db = open_database(path)
    conversations = Conversations(db)
    stored = conversations.read(conversation)
    blocks = conversations.tokens(answer)
    integrity = db.execute("PRAGMA integrity_check").fetchone()[0]
    db.close()
    texts = [message.text for message in stored.messages]
    again = [step.id for block in blocks for step in unpack(block)]
    if texts != [PROMPT, text_of(steps)] or again != [step.id for step in steps] or integrity != "ok":
        raise EngineFault(f"the history does not read as it was written ({integrity})")
    test.facts["history"] = "ok"
    test.facts["bytes_per_token"] = round(len(blocks[0]) / len(steps), 1)
