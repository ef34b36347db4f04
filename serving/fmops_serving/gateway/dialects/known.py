"""The dialect of each API."""

from collections.abc import Mapping

from fmops_api.route import BackendApi
from fmops_serving.gateway.dialects.dialect import Dialect
from fmops_serving.gateway.dialects.openai import OpenAI

DIALECTS: Mapping[BackendApi, Dialect] = {BackendApi.OPENAI: OpenAI()}
