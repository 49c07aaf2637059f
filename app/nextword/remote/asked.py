"""What a request to the engine becomes for a server that speaks OpenAI's language."""

from __future__ import annotations

from typing import Any

from nextword.engine.protocol import ChatPrompt, Generate, Sampling, TextPrompt
from nextword.network_errors import RemoteRefused
from nextword.remote.endpoints import Chosen

MOST_STOP_TEXTS = 4  # of OpenAI; others take more


def messages_of(request: Generate, chosen: Chosen) -> list[dict[str, str]]:
    """Return the messages of a chat. Raises RemoteRefused: "tokens" for what needs a model of our own, "way" for a text
    that is to be continued."""
    prompt = request.prompt
    if isinstance(prompt, TextPrompt):
        raise RemoteRefused("way", chosen.endpoint.host, chosen.model.name)
    if not isinstance(prompt, ChatPrompt) or prompt.answer_start:
        raise RemoteRefused("tokens", chosen.endpoint.host, chosen.model.name)
    messages = [{"role": each.role, "content": each.text} for each in prompt.messages]
    if prompt.answer_text:
        messages.append({"role": "assistant", "content": prompt.answer_text})
    return messages


def text_of(request: Generate, chosen: Chosen) -> str:
    """Return the text to be continued. Raises RemoteRefused("tokens")."""
    prompt = request.prompt
    if not isinstance(prompt, TextPrompt) or prompt.answer_start:
        raise RemoteRefused("tokens", chosen.endpoint.host, chosen.model.name)
    return prompt.text


def parameters_of(request: Generate) -> dict[str, Any]:
    """Return the parameters that every such server knows; what is switched off is not sent."""
    wish, until = request.sampling, request.until
    found: dict[str, Any] = {
        "max_tokens": until.max_tokens,
        "temperature": wish.temperature,
        "top_p": wish.top_p if 0 < wish.top_p < 1 else None,
        "seed": wish.seed & 0x7FFFFFFF,  # OpenAI takes whole numbers with a sign
        "frequency_penalty": wish.frequency_penalty or None,
        "presence_penalty": wish.presence_penalty or None,
        "stop": list(until.stop_texts[:MOST_STOP_TEXTS]) or None,
    }
    return {name: value for name, value in found.items() if value is not None}


def further_of(wish: Sampling) -> dict[str, Any]:
    """Return what llama-server, vLLM and Ollama know besides; left out for servers that refuse it."""
    found: dict[str, Any] = {}
    if wish.top_k > 0:
        found["top_k"] = wish.top_k
    if wish.min_p > 0:
        found["min_p"] = wish.min_p
    if wish.repeat_penalty != 1:
        found["repeat_penalty"] = wish.repeat_penalty
    return found


def not_sent(wish: Sampling) -> tuple[str, ...]:
    """Return the settings that a server cannot be told, to be shown."""
    off = Sampling()
    changed = {
        name
        for name in wish.__struct_fields__
        if name.startswith(("dry_", "mirostat", "xtc_", "dynamic_", "typical_", "top_n_sigma", "stages", "logit_bias"))
        and getattr(wish, name) != getattr(off, name)
    }
    if wish.grammar:
        changed.add("grammar")
    if wish.json_schema:
        changed.add("json_schema")
    return tuple(sorted(changed))
