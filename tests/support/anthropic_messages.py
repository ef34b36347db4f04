"""What Anthropic's Messages API takes: the parameters of its Python SDK 2.14, and what its reference refuses."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, StrictInt, StringConstraints, Tag, model_validator

Text = Annotated[str, StringConstraints(min_length=1, pattern=r"\S")]
"""Text blocks must hold more than white space."""


class _Param(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _CacheControl(_Param):
    type: Literal["ephemeral"]
    ttl: Literal["5m", "1h"] | None = None


class _TextBlock(_Param):
    type: Literal["text"]
    text: Text
    cache_control: _CacheControl | None = None


class _Base64Image(_Param):
    type: Literal["base64"]
    media_type: Literal["image/jpeg", "image/png", "image/gif", "image/webp"]
    data: Annotated[str, StringConstraints(min_length=4)]


class _UrlImage(_Param):
    type: Literal["url"]
    url: Annotated[str, StringConstraints(pattern=r"^https://")]


class _ImageBlock(_Param):
    type: Literal["image"]
    source: Annotated[_Base64Image | _UrlImage, Field(discriminator="type")]
    cache_control: _CacheControl | None = None


class _Base64Pdf(_Param):
    type: Literal["base64"]
    media_type: Literal["application/pdf"]
    data: Annotated[str, StringConstraints(min_length=4)]


class _DocumentBlock(_Param):
    type: Literal["document"]
    source: _Base64Pdf
    title: str | None = None
    cache_control: _CacheControl | None = None


class _ThinkingBlock(_Param):
    type: Literal["thinking"]
    thinking: str
    signature: Annotated[str, StringConstraints(min_length=1)]


class _RedactedThinkingBlock(_Param):
    type: Literal["redacted_thinking"]
    data: Annotated[str, StringConstraints(min_length=1)]


class _ToolUseBlock(_Param):
    type: Literal["tool_use"]
    id: Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9_-]+$")]
    name: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    input: dict[str, Any]


class _ToolResultBlock(_Param):
    type: Literal["tool_result"]
    tool_use_id: Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9_-]+$")]
    content: str | list[Annotated[_TextBlock | _ImageBlock | _DocumentBlock, Field(discriminator="type")]] = ""
    is_error: bool = False


Block = Annotated[
    _TextBlock
    | _ImageBlock
    | _DocumentBlock
    | _ThinkingBlock
    | _RedactedThinkingBlock
    | _ToolUseBlock
    | _ToolResultBlock,
    Field(discriminator="type"),
]


class _Message(_Param):
    role: Literal["user", "assistant", "system"]
    content: Text | list[Block] = Field(min_length=1)

    @property
    def blocks(self) -> Sequence[Any]:
        return [] if isinstance(self.content, str) else self.content


class _Tool(_Param):
    name: Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9_-]{1,128}$")]
    description: str | None = None
    input_schema: dict[str, Any]
    strict: bool | None = None
    type: Literal["custom"] | None = None
    cache_control: _CacheControl | None = None

    @model_validator(mode="after")
    def _takes_an_object(self) -> "_Tool":
        if self.input_schema.get("type") != "object":
            raise ValueError("input_schema.type: Field required to be object")
        return self


class _ToolChoice(_Param):
    type: Literal["auto", "any", "tool", "none"]
    name: str | None = None
    disable_parallel_tool_use: bool | None = None

    @model_validator(mode="after")
    def _fits(self) -> "_ToolChoice":
        if (self.type == "tool") != (self.name is not None):
            raise ValueError("name belongs to type tool")
        if self.type == "none" and self.disable_parallel_tool_use is not None:
            raise ValueError("disable_parallel_tool_use: Extra inputs are not permitted")
        return self


class _Adaptive(_Param):
    type: Literal["adaptive"]
    display: Literal["summarized", "omitted"] | None = None


class _Enabled(_Param):
    type: Literal["enabled"]
    budget_tokens: Annotated[StrictInt, Field(ge=1024)]


class _Disabled(_Param):
    type: Literal["disabled"]


class _Format(_Param):
    type: Literal["json_schema"]
    schema_: Annotated[dict[str, Any], Field(alias="schema")]


class _OutputConfig(_Param):
    effort: Literal["low", "medium", "high", "xhigh", "max"] | None = None
    format: _Format | None = None


class _Metadata(_Param):
    user_id: Annotated[str, StringConstraints(max_length=256)] | None = None


class MessageRequest(_Param):
    """A request; what the real API refuses with 400 is refused here."""

    model: Annotated[str, StringConstraints(min_length=1)]
    max_tokens: Annotated[StrictInt, Field(ge=1)]
    messages: Annotated[list[_Message], Field(min_length=1)]
    system: str | list[_TextBlock] | None = None
    temperature: Annotated[float, Field(ge=0, le=1)] | None = None
    top_p: Annotated[float, Field(ge=0, le=1)] | None = None
    top_k: Annotated[StrictInt, Field(ge=0)] | None = None
    stop_sequences: list[Text] | None = None
    stream: bool | None = None
    tools: list[_Tool] | None = None
    tool_choice: _ToolChoice | None = None
    thinking: (
        Annotated[
            Annotated[_Adaptive, Tag("adaptive")]
            | Annotated[_Enabled, Tag("enabled")]
            | Annotated[_Disabled, Tag("disabled")],
            Discriminator("type"),
        ]
        | None
    ) = None
    output_config: _OutputConfig | None = None
    metadata: _Metadata | None = None
    service_tier: Literal["auto", "standard_only"] | None = None
    cache_control: _CacheControl | None = None

    @model_validator(mode="after")
    def _as_the_reference_says(self) -> "MessageRequest":
        if self.messages[0].role != "user":
            raise ValueError("messages.0: first message must use the user role")
        if self.tool_choice is not None and not self.tools:
            raise ValueError("tool_choice: may only be specified while providing tools")
        if isinstance(self.thinking, _Enabled) and self.thinking.budget_tokens >= self.max_tokens:
            raise ValueError("max_tokens: must be greater than thinking.budget_tokens")
        self._results_follow_their_calls()
        return self

    def _results_follow_their_calls(self) -> None:
        for index, message in enumerate(self.messages):
            before = self.messages[index - 1].blocks if index else ()
            called = {block.id for block in before if block.type == "tool_use"}
            answered = [block.tool_use_id for block in message.blocks if block.type == "tool_result"]
            if set(answered) - called:
                raise ValueError(f"messages.{index}: unexpected tool_use_id found in tool_result blocks")
            if called - set(answered):
                raise ValueError(f"messages.{index - 1}: tool_use ids without tool_result blocks immediately after")
            if len(answered) != len(set(answered)):
                raise ValueError(f"messages.{index}: each tool_use must have a single result")
            kinds = [block.type == "tool_result" for block in message.blocks]
            if kinds != sorted(kinds, reverse=True):
                raise ValueError(f"messages.{index}: tool_result blocks must come first")
