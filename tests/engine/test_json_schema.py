"""JSON schemas as grammars: the JSON texts that they allow, and no others."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from nextword.engine import gbnf
from nextword.engine.json_schema import to_gbnf
from nextword.errors import GrammarNotUnderstood
from tests import models

if TYPE_CHECKING:
    from nextword.engine.vocabulary import Vocabulary
    from tests.engine.conftest import OpenModel


@pytest.fixture
def vocabulary(open_model: OpenModel, tmp_path: Path) -> Vocabulary:
    return open_model(models.make("llama-bpe", tmp_path)).vocabulary


def fits(schema: object, text: str, vocabulary: Vocabulary) -> bool:
    """Whether the grammar of `schema` takes `text` and lets it end there."""
    from nextword.engine.grammar import Grammar

    grammar = Grammar(to_gbnf(json.dumps(schema)), vocabulary)
    for token in vocabulary.tokenize(text, special=False):
        if not grammar.allowed(np.array([token]))[0]:
            return False
        grammar.accept(token)
    return bool(grammar.allowed(np.array([vocabulary.eos]))[0])


def written(schema: object, vocabulary: Vocabulary, seed: int) -> str:
    """Return a text that the grammar of `schema` takes, its tokens drawn at random, the end as soon as it may come."""
    from nextword.engine.grammar import Grammar

    grammar, chance, text = Grammar(to_gbnf(json.dumps(schema)), vocabulary), random.Random(seed), b""
    everything = np.arange(vocabulary.size)
    for _ in range(3000):
        allowed = [int(t) for t in everything[np.array(grammar.allowed(everything))]]
        ends = [token for token in allowed if vocabulary.is_end(token)]
        if ends:
            return text.decode()
        # What closes is taken more often, so that a text comes to its end.
        closing = [token for token in allowed if vocabulary.piece(token) in (b'"', b"}", b"]")]
        token = chance.choice(closing if closing and chance.random() < 0.5 else allowed)
        text += vocabulary.piece(token)
        grammar.accept(token)
    raise AssertionError(text)


PERSON = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "A person",
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 1},
        "age": {"type": "integer", "minimum": 0, "maximum": 150},
        "mail": {"type": "string", "format": "email"},
        "kind": {"enum": ["user", "admin", None, 3]},
    },
    "required": ["name", "kind"],
}
TREE = {
    "$ref": "#/$defs/node",
    "$defs": {
        "node": {
            "type": "object",
            "properties": {"value": {"type": "number"}, "next": {"type": "array", "items": {"$ref": "#/$defs/node"}}},
            "required": ["value"],
        }
    },
}


@pytest.mark.parametrize(
    ("schema", "right", "wrong"),
    [
        (True, ["1", '"x"', "[1, {}]", '{"a": [null, true, -1.5e+3]}'], ["", "tru", "01", "[1,]", "'x'", '"\n"']),
        ({"type": "string"}, ['""', '"a\\nb"', '"é\\u00e9"', '"\\""'], ['"', '"\\q"', '"\\u12"', "a"]),
        ({"type": "string", "minLength": 2, "maxLength": 3}, ['"ab"', '"a\\n"', '"abc"'], ['"a"', '"abcd"']),
        ({"type": "integer"}, ["0", "-17", "9007199254740993"], ["1.0", "-", "007", "1e3"]),
        ({"type": "number"}, ["0.5", "-3", "1e-3", "2.5E+10"], [".5", "1.", "+1", "1e"]),
        ({"type": "number", "minimum": 0}, ["0", "2.5"], ["-1", "-0.5"]),
        ({"type": ["string", "null"]}, ['"a"', "null"], ["1", "true"]),
        ({"const": 'a "quoted"\\\n{thing}'}, ['"a \\"quoted\\"\\\\\\n{thing}"'], ['"a"']),
        ({"enum": ["é", 1, [True], {"a": 1}]}, ['"é"', "1", "[true]", '{"a": 1}'], ['"e"', "2", "true"]),
        ({"type": "string", "enum": ["a", 1]}, ['"a"'], ["1"]),
        (
            PERSON,
            [
                '{"name": "A", "age": 7, "mail": "x", "kind": "user"}',
                '{"name":"A","kind":null}',
                '{ "name": "A", "age": 150, "kind": 3 }',
                '{\n  "name": "A",\n  "kind": "admin"\n}',
            ],
            [
                "{}",
                '{"name": "A"}',
                '{"kind": "user", "name": "A"}',
                '{"name": "", "kind": 3}',
                '{"name": "A", "age": 151, "kind": 3}',
                '{"name": "A", "kind": 3, "more": 1}',
                '{"name": "A", "kind": 3,}',
            ],
        ),
        (
            {"properties": {"a": {"type": "integer"}, "b": {"type": "integer"}, "c": {"type": "integer"}}},
            ["{}", '{"a": 1}', '{"b": 1}', '{"a": 1, "c": 2}', '{"b": 1, "c": 2}', '{"a":1,"b":2,"c":3}'],
            ['{"b": 1, "a": 2}', '{, "a": 1}', '{"a": 1 "b": 2}', "1"],
        ),
        (
            {"properties": {"ab": {"const": 1}}, "additionalProperties": {"type": "boolean"}},
            ["{}", '{"ab": 1}', '{"ab": 1, "x": true}', '{"a": true}', '{"abc": true, "": false}', '{"b": true}'],
            ['{"ab": true}', '{"x": 1}', '{"x": true, "ab": true}'],
        ),
        ({"type": "object", "required": ["x"]}, ['{"x": [1]}'], ["{}", '{"y": 1}']),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, ["{}", '{"a": 1, "b": 2}'], ['{"a": "b"}']),
        ({"type": "array", "items": {"type": "integer"}}, ["[]", "[1]", "[1, 2,3]"], ["[1,]", '["a"]', "[,1]"]),
        (
            {"items": {"type": "boolean"}, "minItems": 1, "maxItems": 3},
            ["[true]", "[true, false, true]"],
            ["[]", "[true, true, true, true]"],
        ),
        ({"items": {"const": 1}, "maxItems": 0}, ["[]", "[ ]"], ["[1]"]),
        ({"prefixItems": [{"const": 1}, {"const": 2}], "items": False}, ["[1, 2]"], ["[1]", "[1, 2, 3]", "[2, 1]"]),
        (
            {"prefixItems": [{"const": 1}, {"const": 2}], "items": {"const": 3}, "minItems": 1, "maxItems": 4},
            ["[1]", "[1,2]", "[1,2,3]", "[1,2,3,3]"],
            ["[]", "[1,3]", "[1,2,3,3,3]"],
        ),
        ({"anyOf": [{"type": "integer"}, {"const": "x"}]}, ["5", '"x"'], ['"y"', "true"]),
        (
            {
                "type": "object",
                "properties": {"a": {"const": 1}},
                "oneOf": [{"required": ["a"]}, {"properties": {"b": {}}}],
            },
            ['{"a": 1}', '{"b": 2}', '{"a": 1, "b": [1]}', "{}"],
            ['{"c": 1}'],
        ),
        (
            {"allOf": [{"properties": {"a": {"const": 1}}, "required": ["a"]}, {"properties": {"b": {"const": 2}}}]},
            ['{"a": 1}', '{"a": 1, "b": 2}'],
            ["{}", '{"b": 2}'],
        ),
        (
            TREE,
            ['{"value": 1}', '{"value": 1, "next": [{"value": 2, "next": []}]}'],
            ['{"value": 1, "next": [{}]}', "{}"],
        ),
        ({"$ref": "#/definitions/a", "definitions": {"a": {"type": "null"}}}, ["null"], ["1"]),
        ({"type": "string", "format": "date"}, ['"2026-02-29"'], ['"2026-13-01"', '"26-1-1"']),
        ({"format": "date-time"}, ['"2026-02-01T10:20:30Z"', '"2026-02-01T10:20:30.5+02:00"'], ['"2026-02-01 10:20"']),
        ({"type": "string", "format": "uuid"}, ['"123e4567-e89b-12d3-a456-426614174000"'], ['"123"']),
        ({"pattern": "^[A-Z]{2}-\\d+(a|b)?$"}, ['"AB-1"', '"XY-23b"'], ['"A-1"', '"AB-"', '"AB-1c"', '"AB-1 "']),
        ({"pattern": "cat"}, ['"cat"', '"a cat sat"'], ['"dog"', '""']),
        (
            {"pattern": '^(?:\\.|"|\\\\|[\\n"x])\\u0041*?$'},
            ['"."', '"\\""', '"\\\\AA"', '"\\nA"', '"x"'],
            ['"a"', '"n"'],
        ),
        ({"pattern": "^[^a-c]\\w\\S$"}, ['"xyz"', '"-_!"'], ['"axx"', '"xx "', '"x-x"']),
        ({"type": "integer", "minimum": -5, "maximum": 12}, ["-5", "0", "12", "9"], ["-6", "13", "20", "-0"]),
        ({"type": "integer", "exclusiveMinimum": 98, "exclusiveMaximum": 1001}, ["99", "100", "1000"], ["98", "1001"]),
        ({"type": "integer", "minimum": 2750}, ["2750", "2999", "3000", "99999"], ["2749", "999", "-5"]),
    ],
    ids=str,
)
def test_a_schema_takes_what_it_describes_and_nothing_else(
    schema: object, right: list[str], wrong: list[str], vocabulary: Vocabulary
) -> None:
    assert [text for text in right if not fits(schema, text, vocabulary)] == []
    assert [text for text in wrong if fits(schema, text, vocabulary)] == []


def is_person(value: Any) -> bool:
    return (
        set(value) <= {"name", "age", "mail", "kind"}
        and len(value["name"]) >= 1
        and 0 <= value.get("age", 0) <= 150
        and value["kind"] in ("user", "admin", None, 3)
    )


@pytest.mark.parametrize(
    ("schema", "holds"),
    [
        (PERSON, is_person),
        ({"type": "integer", "minimum": -1234, "maximum": 56789}, lambda value: -1234 <= value <= 56789),
        ({"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 5}, lambda v: 2 <= len(v) <= 5),
        ({"type": "string", "maxLength": 4}, lambda value: len(value) <= 4),
        (TREE, lambda value: isinstance(value["value"], int | float)),
        (
            {"type": "object", "additionalProperties": {"type": "boolean"}},
            lambda v: all(x in (True, False) for x in v.values()),
        ),
        ({"properties": {"a": {"const": 1}}, "additionalProperties": {"const": 2}}, lambda v: v.get("a", 1) == 1),
        ({"enum": ["a", "ab", "abc", {"x": [1, 2]}]}, lambda value: value in ("a", "ab", "abc", {"x": [1, 2]})),
    ],
    ids=lambda value: "" if callable(value) else str(value),  # the same in every process
)
def test_every_text_that_is_written_by_a_schema_is_json_that_fits_it(
    schema: object, holds: Callable[[Any], bool], vocabulary: Vocabulary
) -> None:
    for seed in range(15):
        text = written(schema, vocabulary, seed)
        value = json.loads(text)
        assert holds(value), text


@pytest.mark.parametrize("low", [-120, -10, -1, 0, 1, 9, 10, 99, 101])
@pytest.mark.parametrize("width", [0, 1, 8, 35, 111, 900])
def test_limits_of_whole_numbers_are_kept_to_the_digit(low: int, width: int, vocabulary: Vocabulary) -> None:
    schema = {"type": "integer", "minimum": low, "maximum": low + width}
    near = [*range(low - 3, low + 4), *range(low + width - 3, low + width + 4), -1, 0, 1]
    assert [n for n in near if fits(schema, str(n), vocabulary)] == [n for n in near if low <= n <= low + width]


@pytest.mark.parametrize(
    ("schema", "reason", "near"),
    [
        ({"type": "object", "patternProperties": {"x": {}}}, "keyword", "#/patternProperties"),
        ({"properties": {"a": {"not": {}}}}, "keyword", "#/properties/a/not"),
        ({"type": "number", "maximum": 5}, "keyword", "#/maximum"),
        ({"uniqueItems": True}, "keyword", "#/uniqueItems"),
        ({"type": "text"}, "value", "#/type"),
        ({"minLength": -1}, "value", "#/minLength"),
        ({"minLength": "2"}, "value", "#/minLength"),
        ({"maxLength": 100_000}, "too_often", "#/maxLength"),
        ({"minItems": 3, "maxItems": 2}, "never", "#"),
        ({"type": "integer", "minimum": 3, "maximum": 2}, "never", "#"),
        ({"enum": []}, "never", "#"),
        (False, "never", "#"),
        (5, "schema", "#"),
        ({"items": 7}, "schema", "#/items"),
        ({"properties": []}, "value", "#/properties"),
        ({"required": "a"}, "value", "#/required"),
        ({"anyOf": {}}, "value", "#/anyOf"),
        ({"$ref": "https://example.org/a"}, "reference", "#/$ref: https://example.org/a"),
        ({"$ref": "#/nowhere"}, "reference", "#/$ref: #/nowhere"),
        ({"$ref": 4}, "reference", "#/$ref: 4"),
        ({"pattern": "^(?=a)b$"}, "pattern", "#/pattern: (?=a)b$"),
        ({"pattern": "a\\1"}, "pattern", "#/pattern: \\1"),
        ({"pattern": "("}, "pattern", "#/pattern: ("),
        ({"pattern": "a)"}, "pattern", "#/pattern: )"),
        ({"pattern": "*"}, "pattern", "#/pattern: *"),
        ({"pattern": "[z-a]"}, "pattern", "#/pattern: [z-a]"),
        ({"pattern": 5}, "pattern", "#/pattern: 5"),
        ({"allOf": [{"type": "string"}, {"type": "null"}]}, "conflict", "#/type"),
        ({"allOf": [{"required": 1}, {"required": 2}]}, "value", "#/required"),
        ({"allOf": [{"$ref": "#"}]}, "deep", "#"),
    ],
    ids=str,
)
def test_what_a_grammar_cannot_check_is_refused_by_its_place(schema: object, reason: str, near: str) -> None:
    with pytest.raises(GrammarNotUnderstood) as caught:
        to_gbnf(json.dumps(schema))
    assert (caught.value.reason, caught.value.near, caught.value.language) == (reason, near, "json_schema")


def test_what_is_no_json_is_refused_with_its_line() -> None:
    with pytest.raises(GrammarNotUnderstood) as caught:
        to_gbnf('{"type":\n  strin}')
    assert (caught.value.reason, caught.value.line, caught.value.column, caught.value.near) == ("json", 2, 3, "strin}")


@pytest.mark.parametrize("schema", [{"$ref": "#"}, {"anyOf": [{"type": "null"}, {"$ref": "#"}]}])
def test_a_schema_that_is_itself_and_nothing_else_is_refused(schema: object, vocabulary: Vocabulary) -> None:
    from nextword.engine.grammar import Grammar

    with pytest.raises(GrammarNotUnderstood) as caught:
        Grammar(to_gbnf(json.dumps(schema)), vocabulary, language="json_schema")
    assert (caught.value.reason, caught.value.language) == ("left_recursion", "json_schema")


def test_deep_and_large_schemas_are_refused_or_become_grammars() -> None:
    for depth in (10, 50):
        gbnf.check(to_gbnf('{"items":' * depth + "{}" + "}" * depth))
    for depth in (100, 5000, 200_000):
        with pytest.raises(GrammarNotUnderstood) as caught:
            to_gbnf('{"items":' * depth + "{}" + "}" * depth)
        assert caught.value.reason == "deep"
    many = {"properties": {f"property {i}": {"type": "string"} for i in range(300)}, "additionalProperties": True}
    gbnf.check(to_gbnf(json.dumps(many)))
    gbnf.check(to_gbnf(json.dumps({"enum": [f"word {i}" for i in range(1000)]})))
