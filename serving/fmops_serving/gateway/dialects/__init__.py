"""How backends speak: each request and answer of the OpenAI API in a backend's own dialect, and back."""
