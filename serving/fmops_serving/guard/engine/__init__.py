"""The guard inside an engine's API server: the gateway's screening as ASGI middleware, for defence in depth."""
