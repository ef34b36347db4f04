"""Remote: a detector behind HTTP that speaks the FMS guardrails detector API, as TrustyAI's detectors do.

    POST <url>/api/v1/text/contents        detector-id: <detector>
    {"contents": ["…", "…"], "detector_params": {…}}
    [[{"start": 0, "end": 4, "detection": "EmailAddress", "detection_type": "pii", "score": 0.9, …}], []]

One list of detections for each text, in their order; places are code points. What breaks this contract has failed.
https://github.com/foundation-model-stack/fms-guardrails-orchestrator/blob/main/docs/api/openapi_detector_api.yaml
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

import orjson

from fmops_serving.guard.endpoint import Endpoint
from fmops_serving.guard.finding import DetectorFailed, Finding
from fmops_serving.guard.pattern import MOST, encodable

PATH = "/api/v1/text/contents"
TEXTS = 64
"""Texts of one call; more are asked about in several at once."""
IN_FLIGHT = 16
"""Calls that one detector has open at once."""
_LONGEST_KIND = 64
_NOT_IN_KIND = re.compile(r"[^\w.:-]+")
_DETECTOR = re.compile(r"[!-~]{1,256}")


class Remote:
    """Asks one detector about all texts of a call, in one request where they are not very many."""

    def __init__(
        self, url: str, detector: str, params: Mapping[str, Any] | None = None, api_key: str | None = None
    ) -> None:
        """Take the root of the service and the detector's id; raises ValueError for what cannot be sent."""
        if not _DETECTOR.fullmatch(detector):
            raise ValueError(f"{detector!r} is no id of a detector: use letters, digits and signs without spaces")
        self._endpoint = Endpoint(url.rstrip("/") + PATH, api_key, {"detector-id": detector})
        self._params = dict(params or {})
        self._open = asyncio.Semaphore(IN_FLIGHT)
        try:
            orjson.dumps(self._params)
        except TypeError as error:
            raise ValueError(f"the parameters of detector {detector} are no JSON: {error}") from None

    async def afind(self, texts: Sequence[str]) -> Sequence[Sequence[Finding]]:
        """Give the detections of each text; raises DetectorFailed."""
        # A detector may refuse a text that says nothing, and there is nothing to find in it.
        asked = [place for place, text in enumerate(texts) if text.strip()]
        found: list[Sequence[Finding]] = [()] * len(texts)
        calls = [asked[start : start + TEXTS] for start in range(0, len(asked), TEXTS)]
        try:
            async with asyncio.TaskGroup() as group:
                said = [group.create_task(self._called([texts[place] for place in each])) for each in calls]
        except* DetectorFailed as failed:
            raise DetectorFailed(str(failed.exceptions[0])) from None
        for places, task in zip(calls, said, strict=True):
            for place, findings in zip(places, task.result(), strict=True):
                found[place] = findings
        return found

    async def _called(self, texts: Sequence[str]) -> Sequence[Sequence[Finding]]:
        contents = [encodable(text) for text in texts]
        async with self._open:
            said = await self._endpoint.ask({"contents": contents, "detector_params": self._params})
        return detections(said, contents)

    async def close(self) -> None:
        """End the connections."""
        await self._endpoint.close()

    def drop(self) -> None:
        """End the connections soon, from whichever thread: nobody asks any more."""
        self._endpoint.drop()


def detections(said: object, contents: Sequence[str]) -> list[list[Finding]]:
    """Read an answer about these texts; raises DetectorFailed with what breaks the contract."""
    if not isinstance(said, list) or len(said) != len(contents):
        raise DetectorFailed(f"its answer is no list of {len(contents)} lists, one for each text")
    return [_of_text(each, text) for each, text in zip(said, contents, strict=True)]


def _of_text(said: object, text: str) -> list[Finding]:
    if not isinstance(said, list):
        raise DetectorFailed("its answer for one text is no list of detections")
    return [_finding(each, text) for each in islice(said, MOST)]


def _finding(said: object, text: str) -> Finding:
    if not isinstance(said, dict):
        raise DetectorFailed("a detection of it is no object")
    start, end, score = said.get("start"), said.get("end"), said.get("score")
    if type(start) is not int or type(end) is not int or not 0 <= start <= end <= len(text):
        raise DetectorFailed(f"a detection of it has no place in a text of {len(text)} characters")
    if isinstance(score, bool) or not isinstance(score, int | float) or not 0 <= score <= 1:
        raise DetectorFailed("a detection of it has no score from 0 to 1")
    return Finding(_kind(said.get("detection") or said.get("detection_type")), start, end, float(score))


def _kind(said: object) -> str:
    """Name what was found so that it can stand in a text and in a metric."""
    return _NOT_IN_KIND.sub("_", said)[:_LONGEST_KIND] if isinstance(said, str) and said else "Detection"
