"""The held-out questions, prompts, chats and stories; `python -m starter.corpus.evaluation` writes evaluation/."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable
from pathlib import Path

from starter.corpus import chat_knowledge, chat_talk
from starter.corpus.chat_memory import asked, slots_for, told, value_for
from starter.corpus.chat_parts import Exchange, ExchangeMaker, allowed, turns_of
from starter.corpus.chat_rewrite import rewrite
from starter.corpus.chats import a_filler, a_list
from starter.corpus.document import Turn
from starter.corpus.held_out import normalised
from starter.corpus.stories import is_reserved, tell
from starter.corpus.terms import TERMS, Term
from starter.corpus.wordings import LLM_WORDINGS, every_term_question, kept_back

FOLDER = Path(__file__).resolve().parents[1] / "evaluation"
SEED = 20_261_122
QUESTIONS, PROMPTS, MEMORIES, OPENINGS, STORIES = 150, 300, 100, 100, 60

Row = dict[str, object]


def held_out_questions(term: Term) -> list[str]:
    """Return the questions about a term that training never shows."""
    return [question for question in every_term_question(term) if kept_back(question)]


def question_rows(rng: random.Random) -> list[Row]:
    """Ask once about every term, and once more about some, until there are enough questions."""
    llms = {normalised(wording) for wording in LLM_WORDINGS}
    pools = {
        term.name: rng.sample(held, len(held))
        for term in TERMS
        if (held := [q for q in held_out_questions(term) if normalised(q) not in llms])
    }
    rows: list[Row] = []
    while len(rows) < QUESTIONS:
        for term in rng.sample(TERMS, len(TERMS)):
            if len(rows) < QUESTIONS and pools.get(term.name):
                rows.append({"question": pools[term.name].pop(), "term": term.name, "key_phrases": [term.key]})
    return rows


def llm_rows() -> list[Row]:
    """Return the wordings of the one question that both models are asked."""
    key_phrases = [term.key for term in TERMS if term.name == "LLM"]
    return [{"question": wording, "key_phrases": key_phrases} for wording in LLM_WORDINGS]


def _held_out_exchange(rng: random.Random, maker: ExchangeMaker) -> Exchange:
    exchange = maker(rng)
    while not kept_back(exchange[0]):
        exchange = maker(rng)
    return exchange


def _messages(turns: Iterable[Turn]) -> list[dict[str, str]]:
    return [{"role": turn.role, "text": turn.text} for turn in turns]


_PROMPT_MAKERS: dict[str, ExchangeMaker] = {
    "terms": chat_knowledge.about_term,
    "facts": chat_knowledge.about_thing,
    "order": chat_knowledge.order_and_place,
    "lists": a_list,
    "rewrite": rewrite,
    "stories": chat_talk.story,
    "beyond": chat_talk.beyond,
    "smalltalk": chat_talk.small_talk,
}


def prompt_rows(rng: random.Random) -> list[Row]:
    """Return chats of all kinds that end with a message training never shows; a third has earlier turns."""
    rows: list[Row] = []
    seen: set[str] = set()
    kinds = tuple(_PROMPT_MAKERS)
    while len(rows) < PROMPTS:
        kind = kinds[len(rows) % len(kinds)]
        message, _ = _held_out_exchange(rng, _PROMPT_MAKERS[kind])
        # Capitals are asked for in the word tasks too, in the same words.
        if (normalised(message) in seen and rng.random() < 0.9) or "capital of" in message:
            continue
        seen.add(normalised(message))
        earlier = [allowed(a_filler, rng) for _ in range(rng.randint(1, 2))] if rng.random() < 1 / 3 else []
        rows.append({"kind": kind, "turns": _messages([*turns_of(earlier), Turn("user", message)])})
    return rows


def memory_rows(rng: random.Random) -> list[Row]:
    """Return chats that tell a held-out name or number, turn to something else, and ask for it."""
    rows: list[Row] = []
    while len(rows) < MEMORIES:
        subject = ("name", "number")[len(rows) % 2]
        value = value_for(rng, subject, held_out=True)
        slots = slots_for(rng, value)
        exchanges = [told(rng, subject, slots), allowed(a_filler, rng)]
        if len(rows) % 4 >= 2:
            exchanges.append(allowed(a_filler, rng))
        if any(value in answer for _, answer in exchanges[1:]):
            continue
        turns = [*turns_of(exchanges), Turn("user", asked(rng, subject, slots)[0])]
        rows.append({"subject": subject, "expected": value, "turns": _messages(turns)})
    return rows


def story_rows(rng: random.Random) -> list[Row]:
    """Return openings to be continued and whole stories to be predicted; their openings are held out."""
    rows: list[Row] = []
    while len(rows) < OPENINGS + STORIES:
        lines = tell(rng)
        if is_reserved(lines):
            whole = len(rows) >= OPENINGS
            rows.append({"story": " ".join(lines)} if whole else {"opening": " ".join(lines[:2])})
    return rows


_FILES: dict[str, Callable[[random.Random], list[Row]]] = {
    "questions": question_rows,
    "llms": lambda _rng: llm_rows(),
    "prompts": prompt_rows,
    "remember": memory_rows,
    "stories": story_rows,
}


def rows_of(name: str) -> list[Row]:
    """Return the rows of one file; the same ones at every call."""
    return _FILES[name](random.Random(f"{SEED} {name}"))


def load(name: str, folder: Path = FOLDER) -> list[Row]:
    """Return the stored rows of one file."""
    lines = (folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def write_all(folder: Path = FOLDER) -> None:
    """Write every file as JSON Lines into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in _FILES:
        lines = [json.dumps(row, ensure_ascii=False) for row in rows_of(name)]
        (folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write_all()
