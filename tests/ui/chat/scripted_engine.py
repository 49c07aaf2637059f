"""An engine that says what a test tells it to say, through the same calls as the real one."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass

from nextword.engine import protocol
from nextword.engine.client import EngineStatus, JobFailed, Listener
from nextword.engine.tokens import Candidate, Cut, TokenStep
from nextword.errors import NextwordError
from nextword.events import Event

MODEL = protocol.ModelInfo(
    path="/models/scripted.gguf",
    name="Scripted",
    architecture="llama",
    quantization="Q8_0",
    kind="instruct",
    size_bytes=14_000_000,
    parameters=7_000_000,
    vocabulary=4096,
    context_tokens=1024,
    trained_context_tokens=1024,
    has_bos=True,
    template_hash="0" * 64,
)


def step(text: str | bytes, probability: float = 0.5, *, others: int = 4, special: bool = False) -> TokenStep:
    """Return a token with some candidates: the chosen one, then others that share what is left, the last cut."""
    data = text.encode() if isinstance(text, str) else text
    token_id = sum(data) + 17 * len(data)
    rest = (1 - probability) * 0.8
    chosen = Candidate(token_id, data, math.log(probability), math.log(min(1.0, probability * 1.1)))
    candidates = [chosen] if others else []
    for number in range(others):
        share = rest / others
        cut = number == others - 1
        candidates.append(
            Candidate(
                9000 + number, f" other{number}".encode(), math.log(share), None if cut else math.log(share),
                Cut.TOP_P if cut else Cut.KEPT,
            )
        )  # fmt: skip
    candidates.sort(key=lambda candidate: -candidate.logprob)
    rank = next((i + 1 for i, c in enumerate(candidates) if c.id == token_id), 30)
    return TokenStep(
        token_id, data, math.log(probability), rank, 2.0, math.log(min(1.0, probability * 1.1)), 3,
        tuple(candidates), special,
    )  # fmt: skip


def tokenized(prompt: protocol.Prompt) -> protocol.Tokenized:
    """Return a prompt in a vocabulary of letters, <s> before it and </s> after each message."""
    texts = [m.text for m in prompt.messages] if isinstance(prompt, protocol.ChatPrompt) else []
    texts += [prompt.text] if isinstance(prompt, protocol.TextPrompt) else []
    tokens, spans = [protocol.PromptToken(1, b"<s>", True)], [(protocol.SCAFFOLD, 1)]
    for number, text in enumerate(texts):
        tokens += [protocol.PromptToken(100 + ord(letter), letter.encode(), False) for letter in text]
        tokens.append(protocol.PromptToken(2, b"</s>", True))
        spans += [(number, len(text)), (protocol.SCAFFOLD, 1)]
    if isinstance(prompt, protocol.ChatPrompt) and prompt.answer_text:
        tokens += [protocol.PromptToken(100 + ord(letter), letter.encode(), False) for letter in prompt.answer_text]
        spans.append((protocol.ANSWER, len(prompt.answer_text)))
    return protocol.Tokenized(0, tuple(tokens), tuple(map(len, texts)), tuple(spans))


@dataclass
class Asked:
    """One generation that was asked for."""

    job: int
    prompt: protocol.Prompt
    listener: Listener
    sampling: protocol.Sampling


class ScriptedEngine:
    """Stands in for engine.client.Engine; the test calls say, finish and fail."""

    def __init__(self) -> None:
        self.status = EngineStatus(state="ready", model=MODEL, wanted=MODEL.path, load_fraction=1.0, variant="test")
        self.status_changed: Event[EngineStatus] = Event()
        self.asked: list[Asked] = []
        self.stopped: list[int] = []
        self.scored: list[protocol.ScoreContinuations] = []
        self.logprobs: dict[str | int, float] = {}
        self._said = 0

    def ask(self, request: protocol.Work, listener: Listener) -> int:
        if isinstance(request, protocol.Tokenize):
            listener(tokenized(request.prompt))
            return 0
        if isinstance(request, protocol.ScoreContinuations):
            self.scored.append(request)
            listener(protocol.ContinuationsPart(0, self._scores(request.groups[0])))
            listener(protocol.ContinuationsScored(0, 10, 0, 10, True, 0.1))
            return 0
        assert isinstance(request, protocol.Generate)
        self.asked.append(Asked(len(self.asked) + 1, request.prompt, listener, request.sampling))
        self._said = 0
        return len(self.asked)

    def _scores(self, group: protocol.Group) -> tuple[protocol.ScoredContinuation, ...]:
        """Score each continuation as one token, a text or an id, with the number that the test gave for it."""
        found = []
        for index, wanted in enumerate(group.continuations):
            logprob = self.logprobs[wanted if isinstance(wanted, str) else wanted[0]]
            text = wanted.encode() if isinstance(wanted, str) else b""
            one = TokenStep(5, text, logprob, 5, 2.0, logprob, 3)
            found.append(protocol.ScoredContinuation(0, index, (5,), logprob, (logprob,), (5,), False, steps=(one,)))
        return tuple(found)

    def stop(self, job: int) -> None:
        self.stopped.append(job)

    def show(self, **changes: object) -> None:
        """Change the status and tell."""
        self.status = dataclasses.replace(self.status, **changes)  # type: ignore[arg-type]
        self.status_changed.emit(self.status)

    def begin(self) -> None:
        """Take the newest job."""
        asked = self.asked[-1]
        asked.listener(protocol.Started(asked.job, 10, 0))

    def say(self, *steps: TokenStep) -> None:
        """Generate tokens."""
        asked = self.asked[-1]
        for each in steps:
            asked.listener(protocol.TokenChosen(asked.job, self._said, each))
            self._said += 1

    def finish(self, reason: protocol.StopReason = "end") -> None:
        """End the newest job."""
        asked = self.asked[-1]
        asked.listener(protocol.Finished(asked.job, reason, 10, 0, self._said, 0.1, max(1, self._said - 1) / 200))

    def fail(self, error: NextwordError) -> None:
        """Let the newest job fail."""
        asked = self.asked[-1]
        asked.listener(JobFailed(asked.job, error))

    def answer(self, *steps: TokenStep) -> None:
        """Begin, say and finish."""
        self.begin()
        self.say(*steps)
        self.finish()
