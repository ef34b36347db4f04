"""The building machine's own package settings, as build secrets that no layer keeps."""

import ast
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

SYSTEM_CA = Path("/etc/ssl/certs/ca-certificates.crt")
PASSED_ON = ("index-url", "extra-index-url", "trusted-host", "default-timeout", "timeout", "retries", "proxy")


def write_secrets(folder: Path) -> dict[str, Path]:
    """Write pip's and uv's settings of this machine into `folder`; return the files by secret name."""
    settings = parse_pip_settings(_pip_config_list())
    secrets = {"pip": folder / "pip.conf", "uv": folder / "uv.toml"}
    secrets["pip"].write_text(pip_conf(settings), encoding="utf-8")
    secrets["uv"].write_text(uv_toml(settings, os.environ), encoding="utf-8")
    if authorities := find_authorities(os.environ):
        secrets["ca"] = authorities
    return secrets


def parse_pip_settings(listing: str) -> dict[str, str]:
    """What `pip config list` prints, reduced to the settings that make sense on another machine.

    The environment wins over files and `install.` over `global.`, as in pip.
    """
    found: dict[str, dict[str, str]] = {}
    for line in listing.splitlines():
        name, separator, value = line.partition("=")
        section, _, key = name.rpartition(".")
        if separator and key in PASSED_ON:
            found.setdefault(section, {})[key] = str(ast.literal_eval(value)).replace("\n", " ")
    return {**found.get("global", {}), **found.get("install", {}), **found.get(":env:", {})}


def pip_conf(settings: Mapping[str, str]) -> str:
    """The settings as a pip configuration file."""
    return "".join(["[global]\n", *(f"{key} = {value}\n" for key, value in settings.items())])


def uv_toml(settings: Mapping[str, str], environment: Mapping[str, str]) -> str:
    """The settings as a uv configuration file; indexes named in uv's own variables win over pip's."""
    own = environment.get("UV_DEFAULT_INDEX") or environment.get("UV_INDEX_URL")
    default = own or settings.get("index-url")
    lines = []
    if hosts := settings.get("trusted-host", "").split():
        lines.append(f"allow-insecure-host = {json.dumps(hosts)}")
    for url in settings.get("extra-index-url", "").split():
        lines += ["[[index]]", f"url = {json.dumps(url)}"]
    if default:
        lines += ["[[index]]", f"url = {json.dumps(default)}", "default = true"]
    return "\n".join([*lines, ""])


def find_authorities(environment: Mapping[str, str]) -> Path | None:
    """The file of certificate authorities this machine trusts, where one is to be found."""
    named = (environment.get(name) for name in ("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE"))
    for path in (*(Path(name) for name in named if name), SYSTEM_CA):
        if path.is_file():
            return path
    return None


def _pip_config_list() -> str:
    return subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True
    ).stdout
