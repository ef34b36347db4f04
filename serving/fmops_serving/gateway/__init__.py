"""The gateway: one OpenAI endpoint in front of every model, guarded and measured. `python -m fmops_serving.gateway`."""
