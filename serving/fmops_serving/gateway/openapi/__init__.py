"""The published description of the gateway's API, at /openapi.json."""
