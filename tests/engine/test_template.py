"""Chat templates are programs by strangers: what they may do, and how each bad one ends."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from nextword.engine import template
from nextword.engine.protocol import Message
from nextword.engine.template_process import TemplateProcess
from nextword.errors import TemplateFailed
from tests.model_templates import FAMILIES

MESSAGES = (Message("system", "Be brief."), Message("user", "Hello"))


@pytest.fixture(scope="module")
def renderer() -> Iterator[TemplateProcess]:
    process = TemplateProcess()
    yield process
    process.close()


def job(text: str, messages: tuple[Message, ...] = MESSAGES, max_chars: int = 100_000) -> template.Job:
    return template.Job(text, messages, "<s>", "</s>", max_chars)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_process_writes_what_the_template_writes(renderer: TemplateProcess, family: str) -> None:
    messages = MESSAGES[1:] if family == "gemma" else MESSAGES
    wish = job(FAMILIES[family].template, messages)
    text = renderer.render(wish)
    assert text == template.render(wish)
    assert "Hello" in text


def test_a_template_has_what_templates_are_written_for(renderer: TemplateProcess) -> None:
    text = """
    {%- for m in messages %}
        {%- if m.role == 'system' %}
            {%- continue %}
        {%- endif %}
{{ m['content'] | tojson }} {{ bos_token }} {{ eos_token }} {{ add_generation_prompt }} {{ strftime_now('%Y')|length }}
        {%- break %}
    {%- endfor %}"""
    assert renderer.render(job(text, (*MESSAGES, Message("user", "no")))) == '"Hello" <s> </s> True 4'


BOMBS = {
    "an endless loop": ("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}", "too_slow"),
    "a macro that calls itself": ("{% macro f(n) %}{{ f(n) }}{% endmacro %}{{ f(1) }}", "runtime"),
    "a text of ten gigabytes": ("{{ 'a' * 10000000000 }}", "memory"),
    "a wide number": ("{{ '%2000000000d' % 1 }}", "memory"),
    "a wide text": ("{{ 'a'.center(4000000000) }}", "memory"),
    "a long list": ("{% set x = [0] * 3000000000 %}", "memory"),
    "a text that doubles": (
        "{% set n = namespace(s='aaaaaaaaaaaaaaaa') %}{% for i in range(60) %}{% set n.s = n.s + n.s %}{% endfor %}",
        "memory",
    ),
    "much output": ("{% for i in range(90000) %}aaaaaaaaaa{% endfor %}", "too_large"),
    "a range beyond the limit": ("{{ range(1000000000) | list }}", "memory"),
    "a syntax error": ("{% for m in messages %}{{ m.content", "syntax"),
    "an unknown tag": ("{% explode %}", "syntax"),
    "an unknown filter": ("{{ messages | explode }}", "syntax"),
    "an include": ("{% include '/etc/passwd' %}", "runtime"),
    "an import": ("{% import 'os' as os %}", "runtime"),
    "a missing message": ("{{ messages[7].content.x.y }}", "runtime"),
    "its own refusal": ("{{ raise_exception('only with tools') }}", "runtime"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bad_template_ends_soon_with_a_reason(renderer: TemplateProcess, name: str) -> None:
    text, reason = BOMBS[name]
    with pytest.raises(TemplateFailed) as failed:
        renderer.render(job(text))
    assert failed.value.reason == reason
    assert renderer.render(job("{{ messages[1].content }}")) == "Hello"


ESCAPES = (
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ lipsum.__globals__['os'].system('touch LEAK') }}",
    "{{ cycler.__init__.__globals__.os.popen('touch LEAK').read() }}",
    "{{ self.__init__.__globals__ }}",
    "{{ namespace.__init__.__globals__['__builtins__']['open']('LEAK', 'w') }}",
    "{{ raise_exception.__globals__['json'].codecs.open('LEAK', 'w') }}",
    "{{ strftime_now.__self__.sleep(100) }}",
    "{{ messages.append(messages) }}{{ messages | attr('__class__') }}",
    "{{ '{0.__class__.__mro__}'.format(1) }}",
    "{{ ('{0.__class__}' | attr('format'))(1) }}",
    "{% set f = 'format' %}{{ '{0.__init__.__globals__}'[f](cycler) }}",
    "{{ messages | map(attribute='__class__') | list }}",
)


@pytest.mark.parametrize("text", ESCAPES)
def test_a_template_reaches_nothing_of_the_program(
    renderer: TemplateProcess, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    failed: TemplateFailed | None = None
    written = ""
    try:
        written = renderer.render(job(text.replace("LEAK", str(tmp_path / "leak"))))
    except TemplateFailed as error:
        failed = error
    assert failed is None or failed.reason == "runtime"
    assert "<class" not in written
    assert "module" not in written
    assert list(tmp_path.iterdir()) == []


def test_a_process_that_was_killed_is_told_and_not_waited_for() -> None:
    process = TemplateProcess()
    os.kill(process.pid, signal.SIGKILL)
    with pytest.raises(TemplateFailed):
        process.render(job("{{ 1 }}"))
    with pytest.raises(TemplateFailed, match="gone"):
        process.render(job("{{ 1 }}"))
    process.close()


def test_the_hash_is_that_of_the_text() -> None:
    assert template.text_hash("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
