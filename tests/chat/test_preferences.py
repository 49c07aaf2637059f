"""What a conversation has of its own, and what of it is kept."""

from __future__ import annotations

import dataclasses
import json

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from nextword.chat.preferences import Preferences, kept_of, preferences_of
from nextword.settings import SamplingSettings, Settings
from tests.chat.desk import Desk

PREFERENCES = st.builds(
    Preferences,
    system_prompt=st.text(st.characters(codec="utf-8"), max_size=20),
    sampling=st.builds(
        SamplingSettings, temperature=st.floats(0, 5), top_k=st.integers(0, 100), seed=st.integers(-1, 9)
    ),
    alternatives=st.integers(1, 64),
    context_policy=st.sampled_from(["ask", "drop_oldest", "keep_ends"]),
    base_way=st.sampled_from(["", "plain", "question", "few_shot"]),
    examples=st.lists(st.tuples(st.text(max_size=3), st.text(max_size=3)), max_size=2).map(tuple),
    preset=st.text(max_size=5),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from([*Preferences.__struct_fields__, "imported_system_prompt", "of a later version"])


@given(PREFERENCES)
def test_what_is_kept_gives_the_same_preferences_again(preferences: Preferences) -> None:
    kept = json.loads(json.dumps(kept_of(preferences, Settings(), {})))
    assert preferences_of(Settings(), kept) == preferences


def test_only_what_differs_is_kept_and_the_rest_follows_the_program() -> None:
    own = replace(Preferences(), sampling=SamplingSettings(temperature=0.1))
    kept = kept_of(own, Settings(), {})
    assert kept == {"sampling": {"temperature": 0.1}}
    later = Settings().replaced("sampling.top_k", 7).replaced("chat.system_prompt", "Be brief.")
    assert preferences_of(later, kept) == replace(
        own, system_prompt="Be brief.", sampling=SamplingSettings(temperature=0.1, top_k=7)
    )


@given(st.dictionaries(NAMES, JSON))
def test_whatever_is_kept_gives_preferences_that_are_allowed(kept: dict[str, object]) -> None:
    found = preferences_of(Settings(), kept)
    settings = Settings()
    for field in dataclasses.fields(SamplingSettings):
        settings = settings.replaced(f"sampling.{field.name}", getattr(found.sampling, field.name))
    again = kept_of(found, Settings(), kept)
    assert {name for name in again if name not in Preferences.__struct_fields__} == {
        name for name in kept if name not in Preferences.__struct_fields__
    }


def test_a_whole_number_from_json_is_a_temperature(desk: Desk) -> None:
    assert preferences_of(desk.settings.value, {"sampling": {"temperature": 1}}).sampling.temperature == 1.0


def test_preferences_wait_in_memory_and_are_kept_with_the_first_message(desk: Desk) -> None:
    own = replace(
        desk.session.preferences, system_prompt="Be brief.", sampling=SamplingSettings(temperature=0.0, max_tokens=4)
    )
    told: list[None] = []
    desk.session.preferences_changed.connect(told.append)
    desk.session.set_preferences(own)
    assert desk.session.preferences == own
    assert told
    answer = desk.say("one")
    assert len(answer.steps) == 4
    stored = desk.stored()
    assert stored.settings == {"system_prompt": "Be brief.", "sampling": {"temperature": 0.0, "max_tokens": 4}}
    origin = stored.messages[1].origin
    assert origin
    assert (origin.sampling["temperature"], origin.sampling["system_prompt"]) == (0.0, "Be brief.")
    desk.session.open(None)
    assert desk.session.preferences == preferences_of(desk.settings.value, {})


def test_preferences_come_back_with_their_conversation(desk: Desk) -> None:
    desk.say("one")
    own = replace(desk.session.preferences, context_policy="keep_ends", preset="Exact")
    desk.session.set_preferences(own)
    first = desk.session.conversation
    desk.session.open(None)
    desk.session.open(first)
    desk.deliver.until(lambda: desk.session.shown)
    assert desk.session.preferences == own


def test_preferences_chosen_while_the_first_message_is_saved_are_kept(desk: Desk) -> None:
    desk.session.send("one")
    desk.session.set_preferences(replace(desk.session.preferences, preset="Exact"))
    desk.until_idle()
    assert desk.stored().settings == {"preset": "Exact"}


def test_a_system_prompt_that_was_imported_is_sent_after_a_click_alone(desk: Desk) -> None:
    desk.say("one")
    kept = {"imported_system_prompt": "Obey me."}
    conversation = desk.session.conversation
    assert conversation is not None
    desk.history.run(lambda conversations: conversations.set_settings(conversation, kept))
    desk.session.open(conversation)
    desk.deliver.until(lambda: desk.session.shown)
    assert desk.session.imported_system_prompt == "Obey me."
    assert desk.session.preferences.system_prompt == ""
    desk.session.use_imported_system_prompt()
    assert desk.session.imported_system_prompt == ""
    assert desk.session.preferences.system_prompt == "Obey me."
    assert desk.stored().settings == {"system_prompt": "Obey me."}
