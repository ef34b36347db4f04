"""Guard rails around a model: requests before an engine sees them, answers before a client does."""
