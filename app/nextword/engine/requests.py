"""What the window asks of the engine process: prompts, how tokens are drawn, and the requests themselves."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

import msgspec

SamplerStage: TypeAlias = Literal[
    "logit_bias",
    "grammar",
    "penalties",
    "dry",
    "top_n_sigma",
    "top_k",
    "typical",
    "top_p",
    "min_p",
    "xtc",
    "temperature",
]
"""A stage of the sampler. Mirostat takes the place of all truncating stages; the draw always comes last."""

DEFAULT_STAGES: tuple[SamplerStage, ...] = get_args(SamplerStage)
"""The order of llama.cpp's own programs (common/sampling.cpp); bias and grammar come first there too."""

PerplexityRule: TypeAlias = Literal["overlap", "llama"]
"""overlap: windows that overlap, every token scored once, with at least `overlap` tokens before it where the text has
them. llama: the rule of llama-perplexity: windows side by side, the second half of each scored."""


class Message(msgspec.Struct, frozen=True):
    """One message of a chat as the model gets it."""

    role: Literal["system", "user", "assistant"]
    text: str


class Sampling(msgspec.Struct, frozen=True):
    """How tokens are drawn. The seed is always given; every stage has a value that switches it off.

    temperature 0: always the best token. dynamic_range > 0: the temperature moves within temperature +- range by the
    entropy to the power dynamic_exponent. top_k 0, top_p 1, min_p 0, typical_p 1, top_n_sigma <= 0,
    xtc_probability 0, repeat_penalty 1, presence_penalty 0, frequency_penalty 0, dry_multiplier 0, mirostat 0: off.
    penalty_tokens, dry_tokens: how far back they look, -1: the whole context, 0: off. mirostat: 1 or 2, the version;
    it takes the place of the truncating stages. logit_bias: (token, added to its logit), -inf bans it.
    grammar: GBNF; json_schema: a JSON schema as text, made a grammar; at most one of the two. stages: the order.
    """

    temperature: float = 0.7
    top_k: int = 40
    top_p: float = 0.95
    min_p: float = 0.05
    repeat_penalty: float = 1.0
    seed: int = 0
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    penalty_tokens: int = 64
    typical_p: float = 1.0
    top_n_sigma: float = 0.0
    xtc_probability: float = 0.0
    xtc_threshold: float = 0.1
    dynamic_range: float = 0.0
    dynamic_exponent: float = 1.0
    dry_multiplier: float = 0.0
    dry_base: float = 1.75
    dry_allowed_length: int = 2
    dry_tokens: int = -1
    dry_breakers: tuple[str, ...] = ("\n", ":", '"', "*")
    mirostat: int = 0
    mirostat_tau: float = 5.0
    mirostat_eta: float = 0.1
    logit_bias: tuple[tuple[int, float], ...] = ()
    grammar: str = ""
    json_schema: str = ""
    stages: tuple[SamplerStage, ...] = DEFAULT_STAGES


class Until(msgspec.Struct, frozen=True):
    """What ends an answer besides the model's own end. stop_texts: the answer ends before the first of them.

    max_seconds 0: no limit. loop_tokens 0: not looked for; else the answer ends when its last loop_tokens tokens
    are one passage said over and over.
    """

    max_tokens: int = 2048
    max_seconds: float = 0.0
    stop_texts: tuple[str, ...] = ()
    loop_tokens: int = 0


class ChatPrompt(msgspec.Struct, frozen=True, tag="chat"):
    """Messages for the model's chat template; what people wrote never becomes a control token.

    answer_start: ids of tokens that the answer already begins with (continue, branch from an alternative).
    answer_text: text that the answer begins with, before those (prefill).
    """

    messages: tuple[Message, ...]
    answer_start: tuple[int, ...] = ()
    answer_text: str = ""


class TextPrompt(msgspec.Struct, frozen=True, tag="text"):
    """Plain text to be continued; a BOS goes before it exactly when the vocabulary says so."""

    text: str
    answer_start: tuple[int, ...] = ()


class TokenPrompt(msgspec.Struct, frozen=True, tag="tokens"):
    """Exactly these ids, nothing added: to go on from any position with another token, without encoding again."""

    ids: tuple[int, ...]
    answer_start: tuple[int, ...] = ()


class MixedPrompt(msgspec.Struct, frozen=True, tag="mixed"):
    """Texts and exact ids, one after the other: what a person wrote between tokens that are to stay as they are.

    A text is made into tokens as they are after what stands before it; ids stay. A BOS as in TextPrompt.
    """

    parts: tuple[str | tuple[int, ...], ...]
    answer_start: tuple[int, ...] = ()


Prompt: TypeAlias = ChatPrompt | TextPrompt | TokenPrompt | MixedPrompt


class Load(msgspec.Struct, frozen=True, tag=True):
    """Open a model file. A process opens one model in its life; another model is another process.

    context_tokens 0: trained context, at most 4,096. threads 0: all cores. state: path of a snapshot that an earlier
    process made of the last conversation, "" for none; one that does not fit is told and not used. vocabulary_only:
    leave the weights where they are: then nothing but Tokenize and ListVocabulary can be asked.
    """

    job: int
    path: str
    context_tokens: int = 0
    threads: int = 0
    state: str = ""
    vocabulary_only: bool = False


class Tokenize(msgspec.Struct, frozen=True, tag=True):
    """Ask for the exact tokens of a prompt, nothing is generated."""

    job: int
    prompt: Prompt


class ListVocabulary(msgspec.Struct, frozen=True, tag=True):
    """Ask for all tokens of the vocabulary."""

    job: int


class Generate(msgspec.Struct, frozen=True, tag=True):
    """Ask for a continuation of `prompt`. alternatives: how many candidates each token carries, 0 to 64.

    strict: nothing that is in memory is used again, so that the same request gives the same bits. keep_state: whether
    the conversation may be in a snapshot that is written to disk.
    """

    job: int
    prompt: Prompt
    sampling: Sampling
    until: Until = Until()
    alternatives: int = 20
    strict: bool = False
    keep_state: bool = True


class Lane(msgspec.Struct, frozen=True):
    """One of several continuations that are generated together."""

    prompt: Prompt
    sampling: Sampling
    until: Until = Until()


class GenerateLanes(msgspec.Struct, frozen=True, tag=True):
    """Ask for several continuations, decoded together. together: at most so many at once, the others wait."""

    job: int
    lanes: tuple[Lane, ...]
    alternatives: int = 20
    together: int = 8


class Score(msgspec.Struct, frozen=True, tag=True):
    """Ask how likely each token of `prompt` is after what stands before it.

    The prompt may be longer than the context: it is read in windows of `window` tokens (0: the context) that overlap
    by `overlap` (-1: half a window). rule: see PerplexityRule; "llama" has no overlap.
    """

    job: int
    prompt: Prompt
    alternatives: int = 20
    window: int = 0
    overlap: int = -1
    rule: PerplexityRule = "overlap"


class Group(msgspec.Struct, frozen=True):
    """A prompt and the continuations to be compared after it, each a text or exact ids."""

    prompt: Prompt
    continuations: tuple[str | tuple[int, ...], ...]


class ScoreContinuations(msgspec.Struct, frozen=True, tag=True):
    """Ask how likely continuations are; what prompts have in common is evaluated once.

    alternatives: candidates for each token of a continuation, 0 for the numbers alone.
    """

    job: int
    groups: tuple[Group, ...]
    alternatives: int = 0


class Look(msgspec.Struct, frozen=True, tag=True):
    """Ask for the distribution of the token after `prompt`, without drawing one.

    named: tokens whose exact log-probability is wanted. row: whether all logits are wanted too. position: look after
    that token of the prompt (from 0), -1: after the last. grammar, json_schema: as in Sampling; what may come next by
    it is wanted, too. given: so many tokens up to the position are the beginning of the answer that follows it.
    """

    job: int
    prompt: Prompt
    alternatives: int = 20
    named: tuple[int, ...] = ()
    row: bool = False
    position: int = -1
    grammar: str = ""
    json_schema: str = ""
    given: int = 0


class SaveState(msgspec.Struct, frozen=True, tag=True):
    """Ask for a snapshot of the last conversation, for Load.state of a later process."""

    job: int


class Stop(msgspec.Struct, frozen=True, tag=True):
    """End the job as soon as possible; its last event still comes. An unknown job is ignored.

    lane: end that lane alone, -1 for the whole job.
    """

    job: int
    lane: int = -1


class Ping(msgspec.Struct, frozen=True, tag=True):
    """Ask for a Pong from the thread that also answers while a model computes."""

    job: int


Work: TypeAlias = Tokenize | ListVocabulary | Generate | GenerateLanes | Score | ScoreContinuations | Look | SaveState
Request: TypeAlias = Load | Work | Stop | Ping
