"""A JSON schema to a GBNF grammar of the JSON texts that it allows.

Properties come in the order of the schema, and no others unless additionalProperties says so. What a grammar cannot
check is refused by its name instead of being left out; annotations, unknown formats among them, mean nothing here.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn, TypeAlias

from nextword.engine.gbnf import MAX_REPEATS
from nextword.engine.json_numbers import integers
from nextword.engine.json_pattern import PatternNotUsable, pattern_rule
from nextword.errors import GrammarNotUnderstood

REASONS = ("json", "schema", "keyword", "value", "reference", "pattern", "never", "conflict", "deep")
"""What can be wrong with a schema besides what gbnf.REASONS has; `near` says where, as a path like #/properties/age."""

Schema: TypeAlias = Mapping[str, Any]

_DEEPEST = 60
_LARGEST = 10**16  # of a limit
_ANNOTATIONS = frozenset(
    {
        "title", "description", "default", "examples", "$schema", "$id", "$comment", "$anchor", "$defs", "definitions",
        "readOnly", "writeOnly", "deprecated", "contentMediaType", "contentEncoding", "format",
    }
)  # fmt: skip
_BY_TYPE = {
    "object": ("properties", "required", "additionalProperties", "unevaluatedProperties"),
    "array": ("items", "prefixItems", "minItems", "maxItems", "additionalItems", "unevaluatedItems"),
    "string": ("minLength", "maxLength", "pattern"),
    "integer": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
    "boolean": (),
    "null": (),
}
_KNOWN = _ANNOTATIONS | {"type", "enum", "const", "anyOf", "oneOf", "allOf", "$ref"}.union(*_BY_TYPE.values())
_RULES = {
    "ws": '| " " | "\\n" [ \\t]{0,20}',
    "char": r'[^"\\\x7F\x00-\x1F] | "\\" (["\\bfnrt/] | "u" [0-9a-fA-F]{4})',
    "string": r'"\"" char* "\""',
    "boolean": '"true" | "false"',
    "null": '"null"',
    "digits": "[0-9]{1,16}",
    "whole": '"0" | [1-9] [0-9]{0,15}',
    "integer": '"-"? whole',
    "positive": 'whole ("." digits)? ([eE] [-+]? [0-9]{1,3})?',
    "number": '"-"? positive',
    "value": "string | number | boolean | null | object | array",
    "pair": 'string ":" ws value',
    "object": '"{" ws (pair ws ("," ws pair ws)*)? "}"',
    "array": '"[" ws (value ws ("," ws value ws)*)? "]"',
    "date": '[0-9]{4} "-" ("0" [1-9] | "1" [0-2]) "-" ("0" [1-9] | [12] [0-9] | "3" [01])',
    "time": '([01] [0-9] | "2" [0-3]) ":" [0-5] [0-9] ":" [0-5] [0-9] ("." [0-9]{1,6})? zone',
    "zone": '"Z" | [-+] ([01] [0-9] | "2" [0-3]) ":" [0-5] [0-9]',
    "date-time": 'date "T" time',
    "uuid": '[0-9a-fA-F]{8} ("-" [0-9a-fA-F]{4}){3} "-" [0-9a-fA-F]{12}',
}
_USES = {
    "string": ("char",),
    "integer": ("whole",),
    "positive": ("whole", "digits"),
    "number": ("positive",),
    "value": ("string", "number", "boolean", "null", "object", "array"),
    "pair": ("string", "ws", "value"),
    "object": ("ws", "pair"),
    "array": ("ws", "value"),
    "time": ("zone",),
    "date-time": ("date", "time"),
}
_FORMATS = ("date", "time", "date-time", "uuid")


def to_gbnf(text: str) -> str:
    """Return the grammar of a schema. Raises GrammarNotUnderstood."""
    try:
        schema = json.loads(text)
    except json.JSONDecodeError as error:
        near = text[error.pos : error.pos + 20].split("\n")[0]
        raise GrammarNotUnderstood("json", error.lineno, error.colno, near, "json_schema") from error
    except RecursionError as error:
        raise GrammarNotUnderstood("deep", language="json_schema") from error
    return _Translation(schema).run()


def literal(text: str) -> str:
    """Return a text as GBNF writes it."""
    escaped = (
        text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    )
    return f'"{escaped}"'


class _Translation:
    """The rules of a grammar while its schema is read."""

    def __init__(self, schema: Any) -> None:
        self._schema = schema
        self._rules: dict[str, str] = {}
        self._references: dict[str, str] = {}
        self._made = 0

    def run(self) -> str:
        """Return the grammar."""
        try:
            self._rules["root"] = self._value(self._schema, "#", 0)
        except RecursionError as error:
            raise GrammarNotUnderstood("deep", near="#", language="json_schema") from error
        return "".join(f"{name} ::= {body}\n" for name, body in self._rules.items())

    def _fail(self, reason: str, path: str) -> NoReturn:
        raise GrammarNotUnderstood(reason, near=path, language="json_schema")

    def _ready(self, name: str) -> str:
        """Return the name of a rule that every grammar can have."""
        if name not in self._rules:
            self._rules[name] = _RULES[name]
            for used in _USES.get(name, ()):
                self._ready(used)
        return name

    def _rule(self, body: str) -> str:
        """Make a rule of its own of a body."""
        self._made += 1
        name = f"r{self._made}"
        self._rules[name] = body
        return name

    # --- any schema -----------------------------------------------------------------------------------------

    def _value(self, schema: Any, path: str, depth: int) -> str:
        """Return a rule's name, or a body in parentheses, for the texts that a schema allows."""
        if depth > _DEEPEST:
            self._fail("deep", path)
        if schema is True or schema == {}:
            return self._ready("value")
        if schema is False:
            self._fail("never", path)
        if not isinstance(schema, dict):
            self._fail("schema", path)
        for keyword in schema:
            if keyword not in _KNOWN and schema[keyword] is not False:
                self._fail("keyword", f"{path}/{keyword}")
        if "allOf" in schema and "$ref" not in schema:
            return self._value(self._together(schema, path), path, depth + 1)
        for keyword, translate in (
            ("$ref", self._reference),
            ("anyOf", self._union),
            ("oneOf", self._union),
            ("const", self._constants),
            ("enum", self._constants),
        ):
            if keyword in schema:
                return translate(schema, keyword, path, depth)
        return self._typed(schema, path, depth)

    def _union(self, schema: Schema, keyword: str, path: str, depth: int) -> str:
        others = {key: value for key, value in schema.items() if key != keyword}
        alternates = [alternate for alternate in self._list(schema, keyword, path) if alternate is not False]
        found = [
            self._value(
                self._merge(others, one, path) if isinstance(one, dict) else one, f"{path}/{keyword}/{i}", depth + 1
            )
            for i, one in enumerate(alternates)
        ]
        if not found:
            self._fail("never", path)
        return self._rule(" | ".join(dict.fromkeys(found)))

    def _constants(self, schema: Schema, keyword: str, path: str, _depth: int) -> str:
        values = [schema["const"]] if keyword == "const" else self._list(schema, "enum", path)
        fitting = [value for value in values if _fits(value, schema.get("type"))]
        if not fitting:
            self._fail("never", path)
        return self._rule(" | ".join(dict.fromkeys(literal(_json(value)) for value in fitting)))

    def _typed(self, schema: Schema, path: str, depth: int) -> str:
        kinds = schema.get("type")
        if kinds is None:
            told = [kind for kind, words in _BY_TYPE.items() if any(word in schema for word in words)]
            if not told:
                return self._string(schema, path, depth) if schema.get("format") in _FORMATS else self._ready("value")
            kinds = "number" if told[0] == "integer" else told[0]
        if isinstance(kinds, list):
            if not kinds:
                self._fail("never", path)
            found = [self._value({**schema, "type": kind}, path, depth + 1) for kind in kinds]
            return self._rule(" | ".join(dict.fromkeys(found)))
        if kinds in ("boolean", "null"):
            return self._ready(kinds)
        translate = {
            "object": self._object,
            "array": self._array,
            "string": self._string,
            "integer": self._integer,
            "number": self._number,
        }.get(kinds if isinstance(kinds, str) else "")
        if translate is None:
            self._fail("value", f"{path}/type")
        return translate(schema, path, depth)

    def _reference(self, schema: Schema, keyword: str, path: str, depth: int) -> str:
        reference = schema[keyword]
        others = {key: value for key, value in schema.items() if key != keyword and key not in _ANNOTATIONS}
        target = self._find(reference, path)
        if others:
            if not isinstance(target, dict):
                self._fail("conflict", path)
            return self._value(self._merge(others, target, path), path, depth + 1)
        if reference not in self._references:
            self._made += 1
            name = self._references[reference] = f"r{self._made}"
            self._rules[name] = ""  # takes its place before what it refers to
            self._rules[name] = self._value(target, reference, depth + 1)
        return self._references[reference]

    def _find(self, reference: Any, path: str) -> Any:
        if not isinstance(reference, str) or not (reference == "#" or reference.startswith("#/")):
            self._fail("reference", f"{path}/$ref: {reference}")
        target = self._schema
        for part in reference.split("/")[1:]:
            name = part.replace("~1", "/").replace("~0", "~")
            if isinstance(target, list) and name.isdecimal() and int(name) < len(target):
                target = target[int(name)]
            elif isinstance(target, dict) and name in target:
                target = target[name]
            else:
                self._fail("reference", f"{path}/$ref: {reference}")
        return target

    def _together(self, schema: Schema, path: str) -> Schema:
        """Return one schema for an allOf and what stands beside it."""
        merged: Schema = {key: value for key, value in schema.items() if key != "allOf"}
        for part in self._list(schema, "allOf", path):
            for _ in range(_DEEPEST):
                if isinstance(part, dict) and set(part) - _ANNOTATIONS == {"$ref"}:
                    part = self._find(part["$ref"], path)
            if not isinstance(part, dict):
                self._fail("conflict", f"{path}/allOf")
            merged = self._merge(merged, self._together(part, path) if "allOf" in part else part, path)
        return merged

    def _merge(self, one: Schema, other: Schema, path: str) -> Schema:
        """Return a schema for what both allow. Refuses what would need more than putting them side by side."""
        merged = dict(one)
        for key, value in other.items():
            try:
                self._merge_one(merged, key, value, path)
            except (TypeError, AttributeError) as error:  # values that no schema has
                raise GrammarNotUnderstood("value", near=f"{path}/{key}", language="json_schema") from error
        return merged

    def _merge_one(self, merged: dict[str, Any], key: str, value: Any, path: str) -> None:
        if key not in merged or merged[key] == value or key in _ANNOTATIONS:
            merged[key] = value
        elif key == "properties" and not set(merged[key]) & set(value):
            merged[key] = {**merged[key], **value}
        elif key == "required":
            merged[key] = list(dict.fromkeys([*merged[key], *value]))
        elif key in ("minimum", "minLength", "minItems", "exclusiveMinimum"):
            merged[key] = max(merged[key], value)
        elif key in ("maximum", "maxLength", "maxItems", "exclusiveMaximum"):
            merged[key] = min(merged[key], value)
        else:
            self._fail("conflict", f"{path}/{key}")

    def _list(self, schema: Schema, keyword: str, path: str) -> Sequence[Any]:
        found = schema[keyword]
        if not isinstance(found, list):
            self._fail("value", f"{path}/{keyword}")
        return found

    # --- the types ------------------------------------------------------------------------------------------

    def _string(self, schema: Schema, path: str, _depth: int) -> str:
        fewest, most = self._limits(schema, "minLength", "maxLength", path)
        if "pattern" in schema:
            if fewest or most is not None:
                self._fail("conflict", f"{path}/pattern")
            try:
                body = pattern_rule(schema["pattern"])
            except PatternNotUsable as error:
                self._fail("pattern", f"{path}/pattern: {error}")
            self._ready("char")
            return self._rule(rf'"\"" {body} "\""')
        if fewest or most is not None:
            self._ready("char")
            return self._rule(rf'"\"" char{_times(fewest, most)} "\""')
        if schema.get("format") in _FORMATS:
            return self._rule(rf'"\"" {self._ready(schema["format"])} "\""')
        return self._ready("string")

    def _number(self, schema: Schema, path: str, _depth: int) -> str:
        for keyword in _BY_TYPE["number"]:
            # A grammar goes by the digits; of fractions it can say no more than that they are not negative.
            if keyword in schema and (keyword != "minimum" or self._limit(schema, keyword, path) != 0):
                self._fail("keyword", f"{path}/{keyword}")
        return self._ready("positive" if "minimum" in schema else "number")

    def _integer(self, schema: Schema, path: str, _depth: int) -> str:
        low, high = -math.inf, math.inf
        for keyword in _BY_TYPE["integer"]:
            if keyword not in schema:
                continue
            value = self._limit(schema, keyword, path)
            match keyword:
                case "minimum":
                    low = max(low, math.ceil(value))
                case "exclusiveMinimum":
                    low = max(low, math.floor(value) + 1)
                case "maximum":
                    high = min(high, math.floor(value))
                case _:
                    high = min(high, math.ceil(value) - 1)
        if low > high:
            self._fail("never", path)
        unlimited = (low, high) == (-math.inf, math.inf)
        return self._ready("integer") if unlimited else self._rule(integers(low, high))

    def _limit(self, schema: Schema, keyword: str, path: str) -> float:
        value = schema[keyword]
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < _LARGEST:
            self._fail("value", f"{path}/{keyword}")
        return value

    def _array(self, schema: Schema, path: str, depth: int) -> str:
        fewest, most = self._limits(schema, "minItems", "maxItems", path)
        items = schema.get("items", True)
        first = schema.get("prefixItems", [])
        if isinstance(items, list):  # the older way to write prefixItems
            first, items = items, schema.get("additionalItems", True)
        if not isinstance(first, list):
            self._fail("value", f"{path}/prefixItems")
        self._ready("ws")
        fixed = [self._value(one, f"{path}/prefixItems/{i}", depth + 1) for i, one in enumerate(first)]
        if fixed and "minItems" not in schema:
            fewest = len(fixed)  # all of them, as who writes them means it
        more = "" if items is False or most == len(fixed) else self._value(items, f"{path}/items", depth + 1)
        if not more:
            most = len(fixed) if most is None else min(most, len(fixed))
        if most is not None and most < fewest:
            self._fail("never", path)
        body = self._rest_of_array(fixed[: most if most is not None else None], more, fewest, most)
        return self._rule(f'"[" ws {body} "]"')

    def _rest_of_array(self, fixed: list[str], more: str, fewest: int, most: int | None) -> str:
        """Return the items of an array, from the last to the first: each is optional when enough stand before it."""
        body = ""
        if more:
            count = len(fixed)
            low, high = max(0, fewest - count), None if most is None else most - count
            if count:
                body = f'("," ws {more} ws){_times(low, high)}'
            elif high != 0:
                following = f'{more} ws ("," ws {more} ws){_times(max(0, low - 1), None if high is None else high - 1)}'
                body = following if low else f"({following})?"
        for place in range(len(fixed) - 1, -1, -1):
            separator = '"," ws ' if place else ""
            body = f"{separator}{fixed[place]} ws {body}".rstrip()
            if place >= fewest:
                body = f"({body})?"
        return body

    def _object(self, schema: Schema, path: str, depth: int) -> str:
        properties = schema.get("properties", {})
        required = schema.get("required", [])
        if not isinstance(properties, dict):
            self._fail("value", f"{path}/properties")
        if not isinstance(required, list) or not all(isinstance(name, str) for name in required):
            self._fail("value", f"{path}/required")
        more = schema.get("additionalProperties", not (properties or required))
        if more is True and not properties and not required:
            return self._ready("object")
        wanted = {**properties, **{name: True for name in required if name not in properties}}
        self._ready("ws")
        self._ready("char")
        pairs = []
        for name, kind in wanted.items():
            if kind is False and name not in required:
                continue
            value = self._value(kind, f"{path}/properties/{name}", depth + 1)
            pairs.append((self._rule(f'{literal(_json(name))} ":" ws {value} ws'), name in required))
        other = ""
        if more is not False:
            value = self._value(more, f"{path}/additionalProperties", depth + 1)
            other = self._rule(f'{self._other_names(list(wanted))} ":" ws {value} ws')
        return self._rule(f'"{{" ws {self._pairs(pairs, other)} "}}"')

    def _pairs(self, pairs: list[tuple[str, bool]], other: str) -> str:
        """Return the rule for pairs in their order, of which some are optional, and then for others."""
        behind = self._rule(f'("," ws {other})*') if other else ""  # what comes when something stands before
        begin = self._rule(f"({other} {behind})?") if other else '""'  # and when nothing does
        for pair, is_required in reversed(pairs):
            first = f"{pair} {behind}".rstrip()
            begin = self._rule(first if is_required else f"{first} | {begin}")
            behind = self._rule(f'"," ws {first}' if is_required else f'("," ws {pair})? {behind}'.rstrip())
        return begin

    def _other_names(self, names: list[str]) -> str:
        """Return the rule for a name that is none of `names`: at every character it begins like one or no more."""
        if not names:
            return self._ready("string")

        def names_with(beginning: str) -> str:
            if len(beginning) > _DEEPEST:
                return "char*"
            following = sorted(
                {name[len(beginning)] for name in names if name.startswith(beginning) and name != beginning}
            )
            plain = [sign for sign in following if sign not in '"\\' and sign >= " "]
            barred = "".join(_in_set(sign) for sign in plain)
            ways = [rf'[^"\\\x7F\x00-\x1F{barred}] char*']
            ways += [f"{literal(sign)} {names_with(beginning + sign)}" for sign in plain]
            return self._rule(f"({' | '.join(ways)})" + ("" if beginning in names else "?"))

        return self._rule(rf'"\"" {names_with("")} "\""')

    def _limits(self, schema: Schema, low: str, high: str, path: str) -> tuple[int, int | None]:
        found: list[int | None] = []
        for keyword in (low, high):
            value = schema.get(keyword)
            if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
                self._fail("value", f"{path}/{keyword}")
            if value is not None and value > MAX_REPEATS:
                self._fail("too_often", f"{path}/{keyword}")
            found.append(value)
        fewest, most = found[0] or 0, found[1]
        if most is not None and most < fewest:
            self._fail("never", path)
        return fewest, most


def _times(fewest: int, most: int | None) -> str:
    if most is None:
        return f"{{{fewest},}}" if fewest else "*"
    return f"{{{fewest},{most}}}" if most != fewest else f"{{{fewest}}}"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _in_set(sign: str) -> str:
    return "\\" + sign if sign in "[]-\\" else f"\\x{ord(sign):02X}" if sign == "^" else sign


def _fits(value: Any, kinds: Any) -> bool:
    if kinds is None:
        return True
    kinds = kinds if isinstance(kinds, list) else [kinds]
    match value:
        case bool():
            return "boolean" in kinds
        case None:
            return "null" in kinds
        case int():
            return "integer" in kinds or "number" in kinds
        case float():
            return "number" in kinds
        case str():
            return "string" in kinds
        case list():
            return "array" in kinds
        case _:
            return "object" in kinds
