"""The story of each kind: gather facts, build, apply, observe, assess. No kopf here."""
