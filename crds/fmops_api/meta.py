"""What every kind is made of: the base model, object metadata, references and conditions."""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Generic, Literal, NamedTuple, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator
from pydantic.alias_generators import to_camel
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from fmops_api import API_VERSION
from fmops_api.scalars import ObjectName, SecretKey


class Rule(NamedTuple):
    """A CEL rule of the CRD: `rule` holds for valid objects, `message` says to a person what would be right.

    A rule that mentions `oldSelf` runs on updates only. What may be absent is guarded by `has(x) ? ... : true` around
    all() and exists(): CEL in Python evaluates both sides of `||`, and a long list of errors takes it forever.
    """

    rule: str
    message: str


class Model(BaseModel):
    """A part of an object: camelCase outside, frozen, unknown fields refused.

    `rules` become `x-kubernetes-validations` at this place of the schema, with `self` this part.
    """

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True, defer_build=True
    )
    rules: ClassVar[tuple[Rule, ...]] = ()

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, raw: Any) -> Any:
        """Read an explicit null as the API server does: as if the field were not there."""
        if not isinstance(raw, dict) or None not in raw.values():
            return raw
        known = {name for field, info in cls.model_fields.items() for name in (field, info.alias)}
        return {name: value for name, value in raw.items() if value is not None or name not in known}

    @field_validator("*")
    @classmethod
    def _each_once(cls, value: Any, info: ValidationInfo) -> Any:
        """Refuse what stands twice in a list that says `AS_SET` or `keyed`, as the API server does."""
        if not isinstance(value, list):
            return value
        extra = cls.model_fields[str(info.field_name)].json_schema_extra
        if isinstance(extra, dict):
            repeated = _first_repeated(value, extra)
            if repeated is not None:
                raise PydanticCustomError("repeated", "entry {index} is there already: {shown}", repeated)
        return value

    def to_manifest(self) -> dict[str, Any]:
        """Give the JSON shape that Kubernetes stores: camelCase, nothing unset."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


def _first_repeated(entries: list[Any], extra: JsonDict) -> dict[str, Any] | None:
    kind, keys = extra.get("x-kubernetes-list-type"), extra.get("x-kubernetes-list-map-keys")
    if kind not in {"set", "map"}:
        return None
    names = [str(key) for key in keys] if isinstance(keys, list) else []
    shown = ["@".join(str(getattr(entry, name)) for name in names) if names else str(entry) for entry in entries]
    twice = (index for index, text in enumerate(shown) if text in shown[:index])
    return next(({"index": index, "shown": shown[index]} for index in twice), None)


class Observed(Model):
    """A part of a status: written by us, read back from older and newer versions, so unknown fields are dropped."""

    model_config = ConfigDict(extra="ignore")


AS_SET: JsonDict = {"x-kubernetes-list-type": "set"}
"""A list in which no value stands twice."""
AS_WHOLE: JsonDict = {"x-kubernetes-list-type": "atomic"}
"""A list that has one owner: whoever applies it replaces it."""
FREE: JsonDict = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
"""An object of a shape that is not ours, kept as it is."""


def keyed(*keys: str) -> JsonDict:
    """Give the schema of a list of named objects: no two have the same `keys`, and each can be applied by itself."""
    return {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": list(keys)}


class LocalReference(Model):
    """An object in the same namespace."""

    name: ObjectName = Field(description="Name of an object in the same namespace.")


class SecretReference(Model):
    """One key of a Secret in the same namespace."""

    name: ObjectName = Field(description="Name of a Secret in the same namespace.")
    key: SecretKey = Field(description="Key of the Secret that holds the value.")


class ConfigMapKeyReference(Model):
    """One key of a ConfigMap in the same namespace."""

    name: ObjectName = Field(description="Name of a ConfigMap in the same namespace.")
    key: SecretKey = Field(description="Key of the ConfigMap that holds the value.")


ConditionStatus = Literal["True", "False", "Unknown"]


class Condition(Observed):
    """One observation of an object's state, by the Kubernetes API conventions."""

    type: Annotated[str, Field(max_length=64)] = Field(description="What is observed, such as Ready.")
    status: ConditionStatus = Field(description="Whether it holds: True, False or Unknown.")
    reason: Annotated[str, Field(min_length=1, max_length=64)] = Field(description="Why, in one CamelCase word.")
    message: Annotated[str, Field(max_length=4096)] = Field(default="", description="Why, in a sentence for people.")
    observed_generation: int = Field(default=0, description="metadata.generation that this observation is about.")
    last_transition_time: datetime | None = Field(default=None, description="When the status last changed.")


class ObjectMeta(Observed):
    """The parts of metadata that we read."""

    name: str
    namespace: str = "default"
    uid: str = ""
    generation: int = 0
    resource_version: str = ""
    creation_timestamp: datetime | None = None
    deletion_timestamp: datetime | None = None
    labels: dict[str, str] = Field(default_factory=dict)
    annotations: dict[str, str] = Field(default_factory=dict)


class Column(NamedTuple):
    """A column of `kubectl get`; priority 1 shows with `-o wide` only."""

    name: str
    type: Literal["string", "integer", "number", "boolean", "date"]
    path: str
    description: str
    priority: int = 0


class Names(NamedTuple):
    """What kubectl calls a kind."""

    plural: str
    singular: str
    short: str


SpecT = TypeVar("SpecT", bound=Model)
StatusT = TypeVar("StatusT", bound=Model)


class Resource(Model, Generic[SpecT, StatusT]):
    """An object of one of our kinds. `kind`, `names`, `columns` and `scalable` say the rest of its CRD."""

    model_config = ConfigDict(extra="ignore")

    kind_name: ClassVar[str]
    names: ClassVar[Names]
    columns: ClassVar[tuple[Column, ...]] = ()
    scalable: ClassVar[bool] = False

    api_version: str = API_VERSION
    kind: str = ""
    metadata: ObjectMeta
    spec: SpecT
    status: StatusT

    @classmethod
    def parse(cls, raw: Any) -> Self:
        """Read an object as the API server gives it; raises pydantic.ValidationError with the path of each fault."""
        return cls.model_validate({"status": {}, **raw}, by_alias=True, by_name=False)
