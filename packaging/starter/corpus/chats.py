"""The chats of the instruct set: answer, list, remember, rewrite, tell, and say what is beyond."""

from __future__ import annotations

import random

from starter.corpus import chat_knowledge as knowledge
from starter.corpus import chat_talk
from starter.corpus.chat_memory import remember_exchanges
from starter.corpus.chat_parts import Exchange, ExchangeMaker, allowed, turns_of, with_system
from starter.corpus.chat_rewrite import rewrite
from starter.corpus.document import Chat, ChatGenerator
from starter.corpus.terms import TERMS

_FACT_MAKERS: tuple[ExchangeMaker, ...] = (
    knowledge.about_thing, knowledge.about_thing, knowledge.about_thing, knowledge.is_it, knowledge.order_and_place,
    knowledge.order_and_place, knowledge.word_forms, knowledge.sum_up_to_ten,
)  # fmt: skip


def a_fact(rng: random.Random) -> Exchange:
    """Ask about everyday things."""
    return rng.choice(_FACT_MAKERS)(rng)


def a_list(rng: random.Random) -> Exchange:
    """Ask for a list."""
    return rng.choice((knowledge.list_of_things, knowledge.list_of_things, knowledge.list_in_order))(rng)


_FILLERS: tuple[ExchangeMaker, ...] = (
    knowledge.about_term, a_fact, a_fact, a_list, chat_talk.small_talk, chat_talk.small_talk, rewrite,
)  # fmt: skip


def a_filler(rng: random.Random) -> Exchange:
    """Talk about something, no matter what."""
    return rng.choice(_FILLERS)(rng)


def _series(rng: random.Random, maker: ExchangeMaker, most: int) -> list[Exchange]:
    """Draw exchanges of one kind; most chats have one."""
    count = 1 if rng.random() < 0.65 else rng.randint(2, most)
    return [allowed(maker, rng) for _ in range(count)]


_ALL_LOWER_SHARE = 0.15

# All wordings of questions.jsonl and llms.jsonl are kept back in small letters too; without these the word "llms"
# itself would never be read.
_LOWER_LLM_SHARE = 0.25
_LOWER_LLM = (
    "llms, what is that",
    "what is meant by llms",
    "i want to know what llms are",
    "tell me what llms are",
    "give me a definition of llms",
    "what are these llms i hear about",
    "what might an llm be",
    "and llms",
    "what do you know about llms",
    "what would you say llms are",
    "llms",
    "what is an llm good for",
    "so llms are what",
    "what kind of thing is an llm",
    "my friend talks about llms, what are they",
    "what are llms called in full",
)
_LLM = next(
    term for term in TERMS if term.name == "large language model" or "LLM" in term.forms or "an LLM" in term.forms
)


def _lower_llm(rng: random.Random) -> Exchange:
    message = rng.choice(_LOWER_LLM)
    return message, knowledge.define(rng, _LLM, message)


def terms_chat(rng: random.Random) -> Chat:
    """Ask about terms, often one after another."""
    exchanges = [allowed(knowledge.about_term if rng.random() < 0.9 else knowledge.terms_apart, rng)]
    while rng.random() < 0.35 and len(exchanges) < 4:
        exchanges.append(allowed(rng.choice((knowledge.term_follow_up, knowledge.about_term)), rng))
    if rng.random() < 0.2:
        exchanges += knowledge.term_and_more(rng)
    if rng.random() < _ALL_LOWER_SHARE:
        if rng.random() < _LOWER_LLM_SHARE:
            exchanges[0] = _lower_llm(rng)
        # "what are llms": people in a hurry do not write LLM in capitals either.
        exchanges = [(message.lower().rstrip("?."), answer) for message, answer in exchanges]
    return with_system(rng, turns_of(exchanges))


def facts_chat(rng: random.Random) -> Chat:
    """Ask about everyday things."""
    return with_system(rng, turns_of(_series(rng, a_fact, 4)))


def lists_chat(rng: random.Random) -> Chat:
    """Ask for lists."""
    return with_system(rng, turns_of(_series(rng, a_list, 3)))


def remember_chat(rng: random.Random) -> Chat:
    """Tell something and ask for it later."""
    return with_system(rng, turns_of(remember_exchanges(rng, a_filler)))


def rewrite_chat(rng: random.Random) -> Chat:
    """Ask for changes of short texts."""
    return with_system(rng, turns_of(_series(rng, rewrite, 3)))


def stories_chat(rng: random.Random) -> Chat:
    """Ask for a story."""
    return with_system(rng, turns_of([allowed(chat_talk.story, rng)]))


def beyond_chat(rng: random.Random) -> Chat:
    """Ask for what the model cannot do."""
    return with_system(rng, turns_of(_series(rng, chat_talk.beyond, 3)))


def smalltalk_chat(rng: random.Random) -> Chat:
    """Chat about nothing much."""
    return with_system(rng, turns_of(_series(rng, chat_talk.small_talk, 4)))


def mixed_chat(rng: random.Random) -> Chat:
    """Go from one thing to another in two to five exchanges."""
    makers: tuple[ExchangeMaker, ...] = (*_FILLERS, chat_talk.beyond, knowledge.terms_apart, knowledge.about_term)
    exchanges = [allowed(rng.choice(makers), rng) for _ in range(rng.randint(2, 4))]
    if rng.random() < 0.3:
        exchanges.insert(0, allowed(chat_talk.small_talk, rng))
    return with_system(rng, turns_of(exchanges))


CHATS: dict[str, ChatGenerator] = {
    "terms": terms_chat,
    "facts": facts_chat,
    "lists": lists_chat,
    "remember": remember_chat,
    "rewrite": rewrite_chat,
    "stories": stories_chat,
    "beyond": beyond_chat,
    "smalltalk": smalltalk_chat,
    "mixed": mixed_chat,
}
