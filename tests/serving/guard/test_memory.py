"""What rails remember: texts in which nothing was found, of one asker, for as long as the rails are the same."""

from collections.abc import Sequence
from itertools import count

import pytest

from fmops_api.guardrail import Action, Direction
from fmops_serving.guard.applied import Clocks
from fmops_serving.guard.finding import Finding
from fmops_serving.guard.memory import SHORTEST, Memory, Recollection
from fmops_serving.guard.rails import Rails, Told
from fmops_serving.guard.rule import Rule

LONG = "a question that is long enough, number"
TURNS = [f"{LONG} {number}" for number in range(20)]


class Looks:
    """Finds what ends in a score, with that score; counts its looks."""

    def __init__(self) -> None:
        self.at: list[str] = []

    def find(self, text: str) -> Sequence[Finding]:
        self.at.append(text)
        last = text.rsplit(" ", 1)[-1]
        if last == "broken":
            raise RuntimeError
        return [Finding("Score", 0, len(text), float(last))] if last.startswith("0.") else []


class Seen:
    """What is told of looks: whose, what score, and whether it was known."""

    def __init__(self) -> None:
        self.told: list[tuple[str, float, bool]] = []

    def of(self, rule: str) -> Told:
        def told(scores: Sequence[float], seconds: Sequence[float]) -> None:
            assert len(seconds) in {0, len(scores)}
            assert all(each >= 0 for each in seconds)
            self.told.extend((rule, score, not seconds) for score in scores)

        return told


def rails(looks: Looks, memory: Memory | None, told: Seen | None = None, action: Action = Action.BLOCK) -> Rails:
    rules = [Rule("one", looks, action=action, timeout=30), Rule("two", Looks(), timeout=30)]
    hearing = {rule.name: told.of(rule.name) for rule in rules} if told is not None else None
    return Rails(rules, told=hearing, memory=memory)


def test_a_conversation_of_ten_turns_has_each_text_looked_at_once_and_all_counted() -> None:
    looks, seen, before = Looks(), Seen(), Seen()
    remembering, forgetful = rails(looks, Memory(100), seen), rails(Looks(), None, before)
    for turn in range(1, 11):
        texts = [*TURNS[: 2 * turn - 1], f"{LONG} 0.25"]
        wanted = forgetful.screen(texts, Direction.INPUT, "shop")
        assert remembering.screen(texts, Direction.INPUT, "shop") == wanted
    assert looks.at == [TURNS[0], f"{LONG} 0.25", *TURNS[1:19]]
    assert sorted(each[:2] for each in seen.told) == sorted(each[:2] for each in before.told)
    assert sum(each[2] for each in seen.told) == len(seen.told) - 2 * len(looks.at)


@pytest.mark.parametrize("asker", ["other", ""])
def test_what_one_asker_sent_is_known_of_no_other_and_nothing_of_one_without_a_name(asker: str) -> None:
    looks, memory = Looks(), Memory(100)
    mine = rails(looks, memory)
    for each in ("shop", "shop", asker, "shop"):
        mine.screen([LONG], Direction.INPUT, each)
    assert len(looks.at) == 2
    assert len(memory) == (2 if asker else 1)


def test_other_rails_know_nothing() -> None:
    first, second, memory = Looks(), Looks(), Memory(100)
    rails(first, memory).screen([LONG], Direction.INPUT, "shop")
    other = rails(second, memory)
    for _ in range(2):
        other.screen([LONG], Direction.INPUT, "shop")
    assert (len(first.at), len(second.at), len(memory)) == (1, 1, 2)


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("end", ["0.75", "broken"])
def test_a_text_in_which_something_was_found_or_could_not_be_is_never_remembered(action: Action, end: str) -> None:
    looks, memory = Looks(), Memory(100)
    mine = rails(looks, memory, action=action)
    first, second = (mine.screen([f"{LONG} {end}"], Direction.INPUT, "shop") for _ in range(2))
    assert first == second
    assert first[0].found or first[0].unavailable
    assert (len(looks.at), len(memory)) == (2, 0)


def test_a_look_that_took_too_long_is_not_remembered() -> None:
    memory, ticks = Memory(100), count(0.0, 0.5)
    slow = Rails([Rule("slow", Looks(), timeout=0.4)], Clocks(count().__next__, ticks.__next__), memory=memory)
    assert slow.screen([LONG], Direction.INPUT, "shop")[0].unavailable == "slow"
    assert len(memory) == 0


async def test_a_detector_that_is_awaited_is_asked_each_time() -> None:
    class There(Looks):
        async def afind(self, texts: Sequence[str]) -> Sequence[Sequence[Finding]]:
            return [self.find(text) for text in texts]

    here, there = Looks(), There()
    both = Rails([Rule("here", here, timeout=30), Rule("there", there, timeout=30)], memory=Memory(100))
    for _ in range(3):
        (decision,) = await both.ascreen([f"{LONG} 0.25"], Direction.INPUT, "shop")
        assert decision.stopped_by == ""
    there.find = lambda text: [Finding("Score", 0, len(text), 0.75)]  # type: ignore[method-assign]
    (decision,) = await both.ascreen([f"{LONG} 0.25"], Direction.INPUT, "shop")
    assert (decision.blocked_by, len(here.at), len(there.at)) == ("there", 1, 3)


def test_a_short_text_is_looked_at_again() -> None:
    looks, memory = Looks(), Memory(100)
    for text in ("x" * (SHORTEST - 1), "x" * SHORTEST):
        for _ in range(2):
            rails_of = rails(looks, memory)
            for _ in range(2):
                rails_of.screen([text], Direction.INPUT, "shop")
    assert [len(text) for text in looks.at] == [SHORTEST - 1] * 4 + [SHORTEST] * 2


def test_the_memory_has_a_bound_and_keeps_what_was_asked_for_last() -> None:
    memory = Memory(2)
    for digest in (b"a", b"b"):
        memory.keep(digest, (0.0,))
    assert memory.find(b"a") == (0.0,)
    memory.keep(b"c", (0.5,))
    assert len(memory) == 2
    assert [memory.find(each) for each in (b"a", b"b", b"c")] == [(0.0,), None, (0.5,)]


def test_texts_and_askers_that_read_alike_together_are_different_texts() -> None:
    own = Recollection(Memory(1))
    asked = [("a", "bc"), ("ab", "c"), ("", "abc"), ("1", ":a"), ("", "1:a"), ("a", "\ud800"), ("a", "\ud801")]
    digests = [own.digest(asker, text) for asker, text in asked]
    assert len(set(digests)) == len(asked)
    assert own.digest("a", "bc") == digests[0] != Recollection(Memory(1)).digest("a", "bc")
