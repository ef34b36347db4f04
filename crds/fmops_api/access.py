"""Who may use a model through the gateway, and how much."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from fmops_api.meta import Model, Rule, SecretReference, keyed
from fmops_api.scalars import Label


class AccessMode(StrEnum):
    """Whether a key is needed."""

    KEYS = "Keys"
    PUBLIC = "Public"


class AccessKey(Model):
    """A key of an application."""

    name: Label = Field(description="Name of the key; metrics and logs carry it, and never the key.")
    secret_ref: SecretReference = Field(description="Secret with the key's text.")
    requests_per_minute: Annotated[int, Field(strict=True, ge=1, le=10_000_000)] | None = Field(
        default=None, description="Requests that the key may make in any 60 seconds; no limit when left out."
    )
    tokens_per_minute: Annotated[int, Field(strict=True, ge=1, le=1_000_000_000)] | None = Field(
        default=None, description="Tokens, in and out, that the key may use in any 60 seconds; no limit when left out."
    )


class Access(Model):
    """Who may use the model. Without keys and without mode Public, nobody may."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("self.mode == 'Keys' || !has(self.keys)", "mode Public asks for no key: remove keys, or use mode Keys"),
        Rule(
            "has(self.keys) ? self.keys.all(k, self.keys.exists_one(o, o.secretRef.name == k.secretRef.name"
            " && o.secretRef.key == k.secretRef.key)) : true",
            "two keys refer to the same key of a Secret, so that nobody could tell them apart: remove one of them",
        ),
    )

    mode: AccessMode = Field(default=AccessMode.KEYS, description="Keys: a key is needed. Public: anybody may ask.")
    keys: Annotated[list[AccessKey], Field(min_length=1, max_length=100)] | None = Field(
        default=None, description="Keys that may use the model.", json_schema_extra=keyed("name")
    )
