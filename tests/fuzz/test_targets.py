"""The targets of the fuzzer hold for their seeds and for a few changes of them, so that they do not rot."""

import random

import pytest

from tests.fuzz.seeds import SEEDS
from tests.fuzz.targets import TARGETS

CHANGES = 60


@pytest.mark.parametrize("name", TARGETS)
def test_seeds_and_changes_of_them(name: str) -> None:
    chance = random.Random(7)
    for seed in SEEDS[name]:
        TARGETS[name](seed)
        for _ in range(CHANGES):
            changed = bytearray(seed)
            for _ in range(chance.randint(1, 4)):
                at = chance.randrange(len(changed))
                changed[at : at + chance.randint(0, 3)] = chance.randbytes(chance.randint(0, 3))
            TARGETS[name](bytes(changed))


def test_every_target_has_seeds() -> None:
    assert SEEDS.keys() == TARGETS.keys()
