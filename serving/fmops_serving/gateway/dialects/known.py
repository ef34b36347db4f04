"""The dialect of each API."""

from collections.abc import Mapping

from fmops_api.route import BackendApi
from fmops_serving.gateway.dialects.anthropic.dialect import Anthropic
from fmops_serving.gateway.dialects.azure import Azure
from fmops_serving.gateway.dialects.dialect import Dialect
from fmops_serving.gateway.dialects.openai import OpenAI

DIALECTS: Mapping[BackendApi, Dialect] = {
    BackendApi.OPENAI: OpenAI(),
    BackendApi.AZURE_OPENAI: Azure(),
    BackendApi.ANTHROPIC: Anthropic(),
}
