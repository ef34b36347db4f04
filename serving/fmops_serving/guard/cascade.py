"""Toxicity with a second opinion: lists and linear model decide what they are sure of, a classifier the rest."""

import asyncio
from collections.abc import Sequence

from fmops_serving.guard.finding import AwaitedDetector, Detector, DetectorFailed, Finding
from fmops_serving.guard.toxicity import LINEAR

UNSURE_FROM = 0.2
"""Tier 1's probability from which it is not sure, however high: alone it is right half the time (docs/guard.md)."""
WITHIN = 0.15
"""Seconds for the second opinion: less than a rule's timeout, after which nothing of the first's would be left."""


class Cascade:
    """A detector: what lists and linear model find, and what the second says in place of a linear model in doubt."""

    def __init__(
        self, first: Detector, second: AwaitedDetector, unsure_from: float = UNSURE_FROM, within: float = WITHIN
    ) -> None:
        """Take both, and how many seconds the second has; raises ValueError for a probability that is none."""
        if not 0 <= unsure_from <= 1:
            raise ValueError(f"{unsure_from} is no probability: 0 ≤ unsure_from ≤ 1")
        self._first, self._second = first, second
        self._unsure_from, self._within = unsure_from, within

    async def afind(self, texts: Sequence[str]) -> Sequence[Sequence[Finding] | DetectorFailed]:
        """Ask the second about all texts that the first is not sure of, in one call."""
        first = [self._first.find(text) for text in texts]
        unsure = [place for place, found in enumerate(first) if self._in_doubt(found)]
        said: list[Sequence[Finding] | DetectorFailed] = [*first]
        if unsure:
            for place, second in zip(unsure, await self._asked([texts[place] for place in unsure]), strict=True):
                said[place] = second
        return said

    def _in_doubt(self, found: Sequence[Finding]) -> bool:
        """Say whether the linear model alone speaks, and not clearly for an innocent text."""
        listed = any(each.kind != LINEAR for each in found)
        return not listed and any(each.score >= self._unsure_from for each in found)

    async def _asked(self, texts: Sequence[str]) -> Sequence[Sequence[Finding] | DetectorFailed]:
        """Ask the second. When it fails, that is no reason to forget what the first is sure of."""
        try:
            async with asyncio.timeout(self._within):
                return await self._second.afind(texts)
        except TimeoutError:
            failed = DetectorFailed(f"the second opinion took longer than {self._within:g} s")
        except DetectorFailed as error:
            failed = error
        return [failed] * len(texts)
