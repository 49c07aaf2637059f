"""How people ask: many wordings of a question about a term, and those that are kept for evaluation."""

from __future__ import annotations

import random

from starter.corpus.grammar import pick
from starter.corpus.held_out import normalised, reserved
from starter.corpus.terms import TERMS, Term, bare, capital

ABOUT_ONE = (
    "What is {one}?", "What's {one}?", "What is {one}?", "What exactly is {one}?", "So what is {one}?",
    "What does {name} mean?", "What does the word {name} mean?", "What does the term {name} mean?",
    "What is meant by {name}?", "What do people mean by {name}?", "When people say {name}, what do they mean?",
    "Can you explain {one}?", "Can you explain what {one} is?", "Could you tell me what {one} is?",
    "Can you tell me what {one} is?", "Would you explain {one} to me?", "Do you know what {one} is?",
    "Please explain {one}.", "Explain {one}.", "Explain {one} in one sentence.", "Explain {one} in simple words.",
    "Explain to a beginner what {one} is.", "Explain briefly what {one} is.", "Explain {one} to a child.",
    "Define {name}.", "Define the term {name}.", "Please define {name}.", "How do you define {name}?",
    "Give me a definition of {name}.", "Give a short definition of {name}.", "Give a short explanation of {one}.",
    "Tell me about {one}.", "Tell me what {one} is.", "Tell me something about {one}.", "Tell me briefly about {one}.",
    "What do you know about {one}?", "What should I know about {one}?", "What can you tell me about {one}?",
    "I keep reading about {one}. What is it?", "I do not know what {one} is.", "I don't understand {name}.",
    "I want to know what {one} is.", "I would like to understand {one}.", "Help me understand {one}.",
    "In a few words, what is {one}?", "In one sentence, what is {one}?", "In simple words, what is {one}?",
    "How would you describe {one}?", "Describe {one}.", "Describe {one} in one sentence.",
    "Sorry, what was {one} again?", "Hi, what is {one}?", "Hello! Can you explain {one}?", "What is {one}, please?",
    "What is {one} in machine learning?", "What is {one} in a language model?", "Quick question: what is {one}?",
    "{Name}?", "{Name}: what is that?", "{Name}, what does it mean?", "Meaning of {name}?", "And what is {one}?",
)  # fmt: skip
ABOUT_MANY = (
    "What are {many}?", "What are {many}?", "What exactly are {many}?", "So what are {many}?",
    "What are {many}, in short?",
    "Explain {many}.", "Please explain {many}.", "Explain what {many} are.", "Explain {many} in one sentence.",
    "Explain {many} in simple words.", "Explain {many} to a beginner.",
    "Tell me about {many}.", "Tell me what {many} are.", "Tell me something about {many}.",
    "Can you explain {many}?", "Can you tell me what {many} are?", "Could you explain what {many} are?",
    "Do you know what {many} are?", "What do you know about {many}?", "What should I know about {many}?",
    "What can you tell me about {many}?", "What do people mean by {many}?", "What is meant by {many}?",
    "In a few words, what are {many}?", "In simple words, what are {many}?", "Help me understand {many}.",
    "I keep reading about {many}. What are they?", "I have a question about {many}: what are they?",
    "I would like to understand {many}.", "Describe {many}.", "Hi, what are {many}?", "And what are {many}?",
    "What are {many} in machine learning?", "Quick question: what are {many}?", "What are {many}, please?",
)  # fmt: skip
_PLURAL_ENDINGS = ("LLMs", " models", " files", " weights")
_PLURAL_FORMS = frozenset(
    form
    for term in TERMS
    for form in term.forms
    if form == term.many or (bare(form) == form and form.endswith(_PLURAL_ENDINGS))
)

# The question of the table, in twenty wordings; none of them is ever trained on.
LLM_WORDINGS = (
    "What are LLMs?", "What is an LLM?", "What are large language models?", "What is a large language model?",
    "what are llms", "Can you explain what LLMs are?", "What does LLM mean?", "Explain LLMs.",
    "Tell me about LLMs.", "Please explain what an LLM is.", "What exactly are LLMs?", "Define LLM.",
    "Could you tell me what LLMs are?", "So, what are LLMs?", "Explain large language models in one sentence.",
    "What do people mean by LLMs?", "I keep reading about LLMs. What are they?", "Do you know what an LLM is?",
    "In simple words, what is a large language model?", "Hi! What are LLMs?",
)  # fmt: skip
_LLM_RESERVED = frozenset(normalised(wording) for wording in LLM_WORDINGS)


def is_plural(form: str) -> bool:
    """Say whether a form of a term takes "are"."""
    return form in _PLURAL_FORMS and form != ""


def kept_back(question: str) -> bool:
    """Say whether a question is for evaluation only; one or two words are no wording and stay in training."""
    plain = normalised(question)
    return plain in _LLM_RESERVED or (len(plain.split()) > 2 and reserved(question))


def ask_with(template: str, form: str) -> str:
    """Put one form of a term into a wording."""
    name = bare(form)
    question = template.format(one=form, many=form, name=name, Name=capital(name))
    return question[0].upper() + question[1:]


def any_term_question(rng: random.Random, term: Term) -> str:
    """Ask about a term in one of its forms; the question may be kept for evaluation."""
    form = term.one if rng.random() < 0.45 else rng.choice(term.forms)
    return ask_with(pick(rng, ABOUT_MANY if is_plural(form) else ABOUT_ONE), form)


def term_question(rng: random.Random, term: Term) -> str:
    """Ask about a term in a wording that training may see."""
    question = any_term_question(rng, term)
    while kept_back(question):
        question = any_term_question(rng, term)
    return question


def every_term_question(term: Term) -> list[str]:
    """Return all questions about a term that the templates can make, without repeats."""
    questions = [
        ask_with(template, form)
        for form in term.forms
        for template in dict.fromkeys(ABOUT_MANY if is_plural(form) else ABOUT_ONE)
    ]
    return list({normalised(question): question for question in questions}.values())
