"""What PrefixAffinity does to the prefix caches of two real engines: `python -m tests.bench.prefix_affinity`.

Conversations of three turns begin with one of some documents, as system prompt. The same two engines serve them
through our gateway by LeastOutstanding and by PrefixAffinity in turn, with new documents each time, so that no cache
knows them. Prints, from the engines' own counts, which part of the prompts' tokens was found in a cache. The model is
tiny: what a cache finds depends on prompts and on who answers them, not on the weights. Not a test.
"""

import asyncio
import os
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import aiohttp

from tests.bench.gateway_served import access, gateway_of
from tests.bench.real_engine import NAME, RealEngine, engine_packages, engines
from tests.cluster.weights import TINY, ensure_weights

KEY = "sk-bench"
Talk = tuple[str, list[str]]
"""A conversation: its document, and its questions."""
STRATEGIES = ("LeastOutstanding", "PrefixAffinity")
CACHE, CONTEXT = "10M", 2048
"""Memory of each engine's cache: 10,240 tokens, about ten documents; tokens of the longest prompt with its answer."""
DOCUMENTS, CONVERSATIONS, TURNS = (4, 16, 32), 4, 3
"""Documents of a round, conversations about each, turns of each."""
AT_ONCE, ROUNDS, WORDS, ANSWER = 4, 1, 420, 8
"""Conversations at once, rounds of each strategy, words of a document, tokens of an answer."""
_TEXT = """the order and a parcel of our shop may come late when it rains but we pay back what was paid for if you ask
within two weeks by letter or at the desk where people help with returns and lost goods of every size or price"""
"""Gives the words of documents and questions."""


class Counts(NamedTuple):
    """Tokens that were looked up in prefix caches since they began, and those that were found."""

    asked: float
    found: float


@dataclass
class Outcome:
    """What the engines counted."""

    asked: float = 0
    found: float = 0
    prompts: int = 0

    @property
    def rate(self) -> float:
        return self.found / self.asked

    def count(self, before: Counts, after: Counts) -> None:
        self.asked += after.asked - before.asked
        self.found += after.found - before.found


def main() -> None:
    """Measure in turn, and print."""
    packages = engine_packages()
    if packages is None:
        print("no unpacked engine image in the tool cache: run `make e2e` once")
        return
    options = ["--enforce-eager", "--dtype", "float32", "--max-model-len", str(CONTEXT)]
    options += ["--kv-cache-memory-bytes", CACHE]
    with engines(2, packages, ensure_weights(TINY) / TINY.name, *options) as pods:
        routes = [_route(strategy, pods) for strategy in STRATEGIES]
        with gateway_of(routes) as url:
            print(f"{'documents':>10}{'strategy':>18}{'prompts':>9}{'tokens each':>13}{'found in cache':>16}")
            for documents in DOCUMENTS:
                outcomes = {strategy: Outcome() for strategy in STRATEGIES}
                for number in range(ROUNDS):
                    for strategy, outcome in outcomes.items():
                        talks = list(_conversations(f"{strategy} {number} {documents}", documents))
                        before = _counts(pods)
                        asyncio.run(_round(url, strategy.lower(), talks, outcome))
                        outcome.count(before, _counts(pods))
                for strategy, outcome in outcomes.items():
                    each = outcome.asked / outcome.prompts
                    said = f"{documents:>10}{strategy:>18}{outcome.prompts:>9}{each:>13.0f}{outcome.rate:>16.1%}"
                    print(said, flush=True)
    print(f"load average after: {' '.join(f'{each:.1f}' for each in os.getloadavg())}")


def _route(strategy: str, pods: Sequence[RealEngine]) -> dict[str, object]:
    backend = {"urls": [f"{pod.root}/v1" for pod in pods], "model": NAME}
    place = {"namespace": "bench", "name": strategy.lower()}
    return {**place, "balancing": strategy, "backends": [backend], "access": access(KEY)}


async def _round(url: str, model: str, talks: list[Talk], outcome: Outcome) -> None:
    random.Random(7).shuffle(talks)
    waiting = iter(talks)
    key = {"authorization": f"Bearer {KEY}"}
    async with aiohttp.ClientSession(f"{url}/", headers=key) as session, asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(_talk(session, model, waiting, outcome))


def _counts(pods: Sequence[RealEngine]) -> Counts:
    names = ("vllm:prefix_cache_queries_total", "vllm:prefix_cache_hits_total")
    return Counts(*(sum(pod.metric(name) for pod in pods) for name in names))


def _conversations(seed: str, documents: int) -> Iterator[Talk]:
    """Give the document and the questions of every conversation."""
    words = random.Random(seed)
    for number in range(documents):
        document = f"Document {seed} {number}. {' '.join(words.choices(_TEXT.split(), k=WORDS))}."
        for conversation in range(CONVERSATIONS):
            yield document, [f"Question {conversation}.{turn}: {' '.join(words.choices(_TEXT.split(), k=12))}?"
                             for turn in range(TURNS)]  # fmt: skip


async def _talk(session: aiohttp.ClientSession, model: str, waiting: Iterator[Talk], outcome: Outcome) -> None:
    """Have one conversation after the other."""
    for document, questions in waiting:
        messages = [{"role": "system", "content": document}]
        for question in questions:
            messages.append({"role": "user", "content": question})
            messages.append({"role": "assistant", "content": await _ask(session, model, messages, outcome)})


async def _ask(session: aiohttp.ClientSession, model: str, messages: list[dict[str, str]], outcome: Outcome) -> str:
    body = {"model": model, "messages": messages, "temperature": 0, "max_tokens": ANSWER}
    async with session.post("chat/completions", json=body) as answer:
        if answer.status != 200:
            raise SystemExit(f"the gateway answered {answer.status}: {await answer.text()}")
        outcome.prompts += 1
        return str((await answer.json())["choices"][0]["message"]["content"])


if __name__ == "__main__":
    main()
