"""Random messages and choices, plain ones and others."""

from hypothesis import strategies as st

TEXTS = ["", "Hello, and thank you.", "größe", "you idiot", "a secret", "a@b.de", "\ud800"]
SCALARS = st.sampled_from([None, 0, 1, True, 0.5, "", "a text", "w" * 65, "data:,x", "DATA:text/plain,x", *TEXTS])
FIELDS = ("role", "content", "reasoning", "id", "logprobs", "message", "odd", "finish_reason", "stop_reason", "index")
NAMES = st.sampled_from(FIELDS)
ANY = st.recursive(
    SCALARS,
    lambda below: st.lists(below, max_size=2) | st.dictionaries(NAMES, below, max_size=3),
    max_leaves=5,
)
PLAIN = st.fixed_dictionaries({"role": st.just("user") | SCALARS, "content": SCALARS})
MESSAGES = st.lists(PLAIN | st.dictionaries(NAMES, ANY, max_size=3) | ANY, max_size=3) | ANY
CHOICE = st.fixed_dictionaries(
    {"message": PLAIN | st.dictionaries(NAMES, SCALARS, max_size=4)}, optional=dict.fromkeys(FIELDS[-4:], ANY)
)
CHOICES = st.lists(CHOICE | ANY, max_size=3) | ANY
