"""The end of the demo: the model asked as an application asks it, through the gateway, by its key."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from tests.cluster.demo_client import Client, metrics_pages
from tests.cluster.demo_clock import show
from tests.cluster.demo_show import show_metrics
from tests.cluster.kubectl import Kubectl

SECRET, FIELD = "smollm2-web", "key"
"""What the quickstart's model refers to."""
INSULT = "You are a stupid idiot and everybody hates you."
RULE = r"The weather is nice today\. You are a st(u)pid [i]d[i]ot and everybody hates you\."
"""Makes the engine say an insult, without containing it: what it contains would be blocked on its way in."""
METRICS = (
    "fmops_gateway_requests_total",
    "fmops_gateway_tokens_total",
    "fmops_gateway_time_to_first_token_seconds_count",
    "fmops_guard_checks_total",
    "fmops_toxicity_score_count",
)
# Reads {"url", "body", "key"} and writes the status in the first line and the body after it, whatever the status is.
POST = """
import json, sys, urllib.error, urllib.request
asked = json.load(sys.stdin)
headers = {"Content-Type": "application/json"}
if asked["key"]:
    headers["Authorization"] = f"Bearer {asked['key']}"
request = urllib.request.Request(asked["url"], json.dumps(asked["body"]).encode(), headers)
try:
    with urllib.request.urlopen(request, timeout=280) as answer:
        print(answer.status)
        print(answer.read().decode())
except urllib.error.HTTPError as error:
    print(error.code)
    print(error.read().decode())
"""


@dataclass(frozen=True)
class Reply:
    """What the gateway answered."""

    status: int
    body: str

    @property
    def said(self) -> str:
        """The text of an answer, or the code and the sentence of a refusal."""
        parsed = json.loads(self.body)
        if "error" in parsed:
            return f"{parsed['error']['code']}: {parsed['error']['message']}"
        return " ".join(str(parsed["choices"][0]["message"]["content"]).split())

    @property
    def streamed(self) -> tuple[str, str]:
        """The text of a streamed answer, and why it ended."""
        events = [json.loads(line[6:]) for line in self.body.splitlines() if line.startswith("data: {")]
        choices = [choice for event in events for choice in event.get("choices", [])]
        text = "".join(choice.get("delta", {}).get("content") or "" for choice in choices)
        return text, next((c["finish_reason"] for c in reversed(choices) if c.get("finish_reason")), "")


@dataclass(frozen=True)
class Application:
    """An application in the cluster with a key."""

    client: Client
    url: str
    model: str
    key: str | None

    def chat(self, text: str, **more: Any) -> Reply:
        """Ask for a chat."""
        body = {"model": self.model, "messages": [{"role": "user", "content": text}], "max_tokens": 60, **more}
        asked = {"url": f"{self.url}/chat/completions", "body": {**body, "temperature": 0}, "key": self.key}
        status, _, content = self.client.python(POST, json.dumps(asked), timeout=300).partition("\n")
        return Reply(int(status), content)

    def insulted(self) -> Reply:
        """Let the engine begin harmlessly and go on with an insult, streamed."""
        return self.chat("How is the weather?", stream=True, structured_outputs={"regex": RULE})


def gateway_metrics(kubectl: Kubectl, client: Client, namespace: str) -> str:
    """The metrics of all gateway pods together, those of what was blocked first."""
    return added(metrics_pages(kubectl, client, namespace, "gateway", 8081))


def added(pages: Iterable[str]) -> str:
    """One page whose series are the sums of those of several."""
    sums: defaultdict[str, float] = defaultdict(float)
    for line in (line for page in pages for line in page.splitlines() if line and not line.startswith("#")):
        name, _, value = line.rpartition(" ")
        sums[name] += float(value)
    first = sorted(sums, key=lambda name: 'outcome="blocked"' not in name)
    return "\n".join(f"{name} {sums[name]:g}" for name in first)


def show_gateway(application: Application, question: str, metrics: Callable[[], str]) -> None:
    """Ask four times, and look into the gateway's metrics."""
    show(f"\nThrough the gateway, {application.url}, as {application.model}:")
    _tell("with its key", question, application.chat(question))
    nobody = Application(application.client, application.url, application.model, None)
    _tell("without a key", question, nobody.chat(question))
    _tell("an insult goes in", INSULT, application.chat(INSULT))
    text, end = application.insulted().streamed
    show(f"  an insult would come out, streamed: {text!r}, then finish_reason {end}")
    show_metrics("The gateway's metrics", metrics(), METRICS)


def _tell(what: str, question: str, reply: Reply) -> None:
    show(f"  {what}: {question!r} -> HTTP {reply.status}, {reply.said}")
