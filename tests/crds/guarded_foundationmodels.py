"""FoundationModels with guard rails and keys: what must be accepted, and what a person gets wrong about them."""

from typing import Any

from tests.crds.objects import Manifest, at_provider, foundation_model
from tests.crds.rows import Accepted, Refused

SECRET = {"name": "web-key", "key": "key"}
KEY = {"name": "web", "secretRef": SECRET}

REMOTE = {"url": "http://detectors.safety.svc:8000", "detector": "email"}
GUARD = {"model": {"name": "llama-guard"}, "style": "LlamaGuard"}


def guarded(**rail: Any) -> Manifest:
    """A model with one guard rail."""
    return foundation_model(guardrails=[{"name": "toxicity", "detector": "Toxicity", **rail}])


def accessed(**access: Any) -> Manifest:
    """A model with access."""
    return foundation_model(access=access)


ACCEPTED = (
    Accepted("a guard rail of defaults", guarded()),
    Accepted(
        "every detector",
        foundation_model(
            guardrails=[
                {"name": "toxicity", "detector": "Toxicity", "threshold": "0.8", "timeout": "1s500ms"},
                {"name": "tickets", "detector": "Regex", "pattern": r"\bTICKET-[0-9]+\b", "action": "Redact"},
                {"name": "people", "detector": "PersonalData", "kinds": ["Email", "Iban"], "direction": "Output"},
                {"name": "tricks", "detector": "PromptInjection", "direction": "Input", "failurePolicy": "Ignore"},
                {"name": "seen", "detector": "Toxicity", "action": "Annotate", "streaming": "Audit"},
                {"name": "asked", "detector": "Toxicity", "direction": "Input", "streaming": "Audit"},
            ]
        ),
    ),
    Accepted(
        "every detector that is asked elsewhere",
        foundation_model(
            guardrails=[
                {"name": "pii", "detector": "Remote", "remote": REMOTE},
                {
                    "name": "pii-with-key",
                    "detector": "Remote",
                    "remote": {**REMOTE, "detectorParameters": {"regex": ["email"]}, "apiKeySecretRef": SECRET},
                    "action": "Redact",
                },
                {"name": "judge", "detector": "GuardModel", "guardModel": GUARD, "timeout": "5s"},
                {
                    "name": "granite",
                    "detector": "GuardModel",
                    "guardModel": {
                        "model": {"name": "granite-guardian"},
                        "style": "GraniteGuardian",
                        "template": "Judge this: {{ text }}",
                        "maxTokens": 2048,
                        "chatTemplateArguments": {"guardian_config": {"criteria_id": "profanity"}},
                    },
                    "timeout": "500ms",
                },
                {"name": "hap", "detector": "Classifier", "classifier": "granite-hap"},
                {"name": "toxicity", "detector": "Toxicity", "classifier": "granite-hap"},
            ]
        ),
    ),
    Accepted(
        "a guard rail before an embedder",
        foundation_model(task="Embedding", guardrails=[{"name": "people", "detector": "PersonalData"}]),
    ),
    Accepted("a guard rail before a provider", at_provider(guardrails=[{"name": "toxicity", "detector": "Toxicity"}])),
    Accepted("a model that anybody may ask", accessed(mode="Public")),
    Accepted("a model that nobody may ask", accessed()),
    Accepted(
        "two keys in one Secret, one with limits",
        accessed(
            keys=[
                {**KEY, "requestsPerMinute": 600, "tokensPerMinute": 200_000},
                {"name": "batch", "secretRef": {**SECRET, "key": "batch"}},
            ]
        ),
    ),
)
REFUSED = (
    Refused("no guard rail in a list of them", foundation_model(guardrails=[]), "spec.guardrails", "at least 1 item"),
    Refused(
        "a detector that nobody knows", guarded(detector="Rudeness"), "spec.guardrails[0].detector", "supported values"
    ),
    Refused(
        "two guard rails of one name",
        foundation_model(guardrails=[{"name": "a", "detector": "Toxicity"}, {"name": "a", "detector": "Toxicity"}]),
        "spec.guardrails[1]",
        "Duplicate value",
    ),
    Refused(
        "a regular expression that is not there",
        guarded(detector="Regex"),
        "spec.guardrails[0]",
        "pattern belongs to detector Regex, and Regex needs one",
    ),
    Refused(
        "a pattern that nobody looks for",
        guarded(pattern="x"),
        "spec.guardrails[0]",
        "pattern belongs to detector Regex, and Regex needs one",
    ),
    Refused(
        "a pattern that RE2 does not know",
        guarded(detector="Regex", pattern="(?=x)"),
        "spec.guardrails[0]",
        "error parsing regexp",
    ),
    Refused(
        "kinds of personal data that nobody looks for",
        guarded(kinds=["Email"]),
        "spec.guardrails[0]",
        "kinds belongs to detector PersonalData",
    ),
    Refused(
        "a remote detector of which nobody knows where it is",
        guarded(detector="Remote"),
        "spec.guardrails[0]",
        "remote belongs to detector Remote, which needs it",
    ),
    Refused(
        "a remote detector that nobody asks",
        guarded(remote=REMOTE),
        "spec.guardrails[0]",
        "remote belongs to detector Remote, which needs it",
    ),
    Refused(
        "a remote detector at a place that is none",
        guarded(detector="Remote", remote={**REMOTE, "url": "detectors:8000"}),
        "spec.guardrails[0].remote.url",
        "must be the root of an API",
    ),
    Refused(
        "a remote detector with a name in two words",
        guarded(detector="Remote", remote={**REMOTE, "detector": "e mail"}),
        "spec.guardrails[0].remote.detector",
        "must be the id of a detector",
    ),
    Refused(
        "a guard model that is not named",
        guarded(detector="GuardModel", timeout="5s"),
        "spec.guardrails[0]",
        "guardModel belongs to detector GuardModel, which needs it",
    ),
    Refused(
        "a guard model that nobody asks",
        guarded(guardModel=GUARD),
        "spec.guardrails[0]",
        "guardModel belongs to detector GuardModel, which needs it",
    ),
    Refused(
        "a guard model of which nobody knows how it answers",
        guarded(detector="GuardModel", timeout="5s", guardModel={"model": {"name": "llama-guard"}}),
        "spec.guardrails[0].guardModel.style",
        "Required value",
    ),
    Refused(
        "a guard model that is told no text",
        guarded(detector="GuardModel", timeout="5s", guardModel={**GUARD, "template": "Is it safe? {{text}}"}),
        "spec.guardrails[0].guardModel",
        "template must say where the text goes",
    ),
    Refused(
        "a guard model without time to write",
        guarded(detector="GuardModel", guardModel=GUARD),
        "spec.guardrails[0]",
        "timeout of a guard model must be at least 500ms",
    ),
    Refused(
        "a classifier that is not named",
        guarded(detector="Classifier"),
        "spec.guardrails[0]",
        "classifier belongs to detectors Toxicity and Classifier, and Classifier needs it",
    ),
    Refused(
        "a classifier that nobody asks",
        guarded(detector="PromptInjection", classifier="granite-hap"),
        "spec.guardrails[0]",
        "classifier belongs to detectors Toxicity and Classifier, and Classifier needs it",
    ),
    Refused(
        "a threshold above one", guarded(threshold="1.5"), "spec.guardrails[0].threshold", "must be a fraction from 0"
    ),
    Refused(
        "a redaction of what has left",
        guarded(action="Redact", streaming="Audit"),
        "spec.guardrails[0]",
        "streaming Audit lets text go before it is looked at",
    ),
    Refused(
        "a block of what has left",
        guarded(streaming="Audit"),
        "spec.guardrails[0]",
        "streaming Audit cannot block an answer",
    ),
    Refused(
        "a detector that may take a minute",
        guarded(timeout="1m"),
        "spec.guardrails[0]",
        "timeout must be at most 30s",
    ),
    Refused(
        "a detector without any time", guarded(timeout="0s"), "spec.guardrails[0].timeout", "must be more than zero"
    ),
    Refused(
        "a rail on answers that are no text",
        foundation_model(task="Embedding", guardrails=[{"name": "a", "detector": "Toxicity", "direction": "Output"}]),
        "spec",
        "a model of this task answers no text",
    ),
    Refused(
        "keys of a model that anybody may ask",
        accessed(mode="Public", keys=[KEY]),
        "spec.access",
        "mode Public asks for no key",
    ),
    Refused("no key in a list of them", accessed(keys=[]), "spec.access.keys", "at least 1 item"),
    Refused(
        "a key given by value",
        accessed(keys=[{"name": "web", "value": "sk-1"}]),
        "",
        'unknown field "spec.access.keys[0].value"',
    ),
    Refused(
        "two keys of one name",
        accessed(keys=[KEY, {"name": "web", "secretRef": {**SECRET, "key": "other"}}]),
        "spec.access.keys[1]",
        "Duplicate value",
    ),
    Refused(
        "two keys that are one",
        accessed(keys=[KEY, {"name": "batch", "secretRef": SECRET}]),
        "spec.access",
        "two keys refer to the same key of a Secret",
    ),
    Refused(
        "a limit of nothing",
        accessed(keys=[{**KEY, "requestsPerMinute": 0}]),
        "spec.access.keys[0].requestsPerMinute",
        "should be greater than or equal to 1",
    ),
)
