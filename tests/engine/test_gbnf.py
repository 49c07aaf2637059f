"""Grammars that are wrong are refused with their place, before llama.cpp gets them."""

from __future__ import annotations

import pytest

from nextword.engine import gbnf
from nextword.errors import GrammarNotUnderstood

GOOD = {
    "one rule": 'root ::= "a"',
    "everything": 'root ::= (a | "b"{2,3} [^c-e\\]]*)+ .? # a comment\n'
    'a ::= "\\x41\\u00e9\\U0001F600\\n\\"" | [-a] | [a-]\n',
    "over several lines": "# first\n\nroot ::=\n  a |\n  b\r\na ::= (\n [0-9]\n | b)\r\nb ::= [a-z]{2,}\n",
    "nothing": 'root ::= "" | a?\na ::=\n',
    "it goes on for ever": 'root ::= "a" root',
    "right recursion and repetitions of what can be empty": 'root ::= (a*)* b+\na ::= "x"? b\nb ::= "y" root?',
    "as often as it may": 'root ::= "a"{2000}',
    "many words": "root ::= " + " | ".join(f'"word{i}"' for i in range(1500)),
    "many optional parts": "root ::= " + " ".join('("a" | "b")?' for _ in range(60)),
    "a long chain": "root ::= r0\n" + "".join(f"r{i} ::= r{i + 1}\n" for i in range(3000)) + 'r3000 ::= "a"',
    "parentheses": "root ::= " + "(" * 150 + '"a"' + ")" * 150,
}


@pytest.mark.parametrize("name", GOOD)
def test_a_grammar_that_llama_takes_is_taken(name: str) -> None:
    gbnf.check(GOOD[name])


BAD = [
    ("", "empty", 1, 1, ""),
    ("# nothing but this\n", "empty", 2, 1, ""),
    ('a ::= "x"', "no_root", 0, 0, ""),
    ("root ::= foo", "undefined", 1, 10, "foo"),
    ('root ::= "a"\nroot ::= "b"', "twice", 2, 1, 'root ::= "b"'),
    ('root = "a"', "assign", 1, 6, '= "a"'),
    ('my_rule ::= "a"', "assign", 1, 3, '_rule ::= "a"'),
    ('root ::= "a"\n  | "b"', "name", 2, 3, '| "b"'),
    ('root ::= "a")', "rule_end", 1, 13, ")"),
    ('root ::= "a" ; "b"', "rule_end", 1, 14, '; "b"'),
    ('root ::= ("a"', "group_end", 1, 10, '("a"'),
    ('root ::= ("a" ]', "group_end", 1, 15, "]"),
    ('root ::= "a\nb ::= c', "string_end", 1, 10, '"a'),
    ("root ::= [a-z", "set_end", 1, 10, "[a-z"),
    ("root ::= [a-", "set_end", 1, 10, "[a-"),
    ("root ::= []", "set_empty", 1, 10, "[]"),
    ("root ::= [^]", "set_empty", 1, 10, "[^]"),
    ("root ::= [z-a]", "set_order", 1, 11, "z-a]"),
    ('root ::= "\\q"', "escape", 1, 11, '\\q"'),
    ('root ::= "\\x4"', "escape", 1, 11, '\\x4"'),
    ('root ::= "\\', "escape", 1, 11, "\\"),
    ('root ::= "\\U00110000"', "code_point", 1, 11, '\\U00110000"'),
    ('root ::= "\\ud800"', "code_point", 1, 11, '\\ud800"'),
    ('root ::= "\\x00"', "code_point", 1, 11, '\\x00"'),
    ('root ::= "a\0"', "character", 1, 12, '\0"'),
    ("root ::= *", "nothing_to_repeat", 1, 10, "*"),
    ('root ::= "" +', "nothing_to_repeat", 1, 13, "+"),
    ('root ::= "a"{}', "count", 1, 14, "}"),
    ('root ::= "a"{-1}', "count", 1, 14, "-1}"),
    ('root ::= "a"{1;2}', "count", 1, 15, ";2}"),
    ('root ::= "a"{5,2}', "count_order", 1, 13, "{5,2}"),
    ('root ::= "a"{1,1000000}', "too_often", 1, 13, "{1,1000000}"),
    ('root ::= "a"{99999999999999999999999}', "too_often", 1, 13, "{9999999999999999999"),
    ('root ::= ("a" | ("b"? "c"?){40}){600}', "too_often", 1, 33, "{600}"),
    ("root ::= <[5]>", "token", 1, 10, "<[5]>"),
    ('root ::= "a" !<think>', "token", 1, 14, "!<think>"),
    ('root ::= root "a" | "b"', "left_recursion", 1, 1, 'root ::= root "a" |'),
    ('root ::= a\na ::= b? a "x"\nb ::= "y"', "left_recursion", 2, 1, 'a ::= b? a "x"'),
    # Behind two rules that can be empty llama.cpp does not see it, and fills the memory.
    ('root ::= a root "x" | "y"\na ::= b\nb ::= "c"?', "left_recursion", 1, 1, 'root ::= a root "x"'),
    ('root ::= ("" | "a")*', "left_recursion", 1, 21, ""),
    ("root ::= " + "(" * 20_000 + '"a"' + ")" * 20_000, "too_deep", 1, 210, "(" * 20),
    ("root ::= " + " | ".join(f'"word{i}"' for i in range(6000)), "too_many_ways", 1, 1, 'root ::= "word0" | "'),
    ("x" * 200_001, "too_large", 1, 1, "x" * 20),
    ('root ::= "' + "x" * 1000 + '"{2000}', "too_large", 1, 1012, "{2000}"),
]


@pytest.mark.parametrize(
    ("text", "reason", "line", "column", "near"), BAD, ids=[f"{b[1]}-{n}" for n, b in enumerate(BAD)]
)
def test_a_wrong_grammar_is_refused_with_its_place(text: str, reason: str, line: int, column: int, near: str) -> None:
    with pytest.raises(GrammarNotUnderstood) as caught:
        gbnf.check(text)
    error = caught.value
    assert (error.reason, error.line, error.column, error.near) == (reason, line, column, near)


def test_every_reason_but_those_found_elsewhere_has_an_example() -> None:
    assert {bad[1] for bad in BAD} == set(gbnf.REASONS) - {"two", "too_slow", "refused"}


@pytest.mark.parametrize("depth", [12, 25, 2000])
def test_a_choice_that_grows_with_every_rule_is_refused(depth: int) -> None:
    # Each rule begins with the next in two ways: 2 to the depth, all of which llama.cpp would follow.
    rules = [f"r{i} ::= r{i + 1} | r{i + 1} r{i + 1}\n" for i in range(depth)]
    with pytest.raises(GrammarNotUnderstood) as caught:
        gbnf.check("root ::= r0\n" + "".join(rules) + f'r{depth} ::= "x"\n')
    assert caught.value.reason == "too_many_ways"
