"""Random messages and choices, plain ones and others."""

from hypothesis import strategies as st

TEXTS = ["", "Hello, and thank you.", "größe", "you idiot", "a secret", "a@b.de", "\ud800"]
FILES = ["data:,x", "DATA:text/plain,x", "Data:Image/png;base64,AAAA", "data:image/svg+xml,x", "data:audio/wav,"]
SCALARS = st.sampled_from([None, 0, 1, True, 0.5, "", "a text", "w" * 65, *FILES, *TEXTS])
FIELDS = (
    "role", "content", "reasoning", "id", "logprobs", "message", "odd", "strange", "text", "data", "url", "type",
    "signature", "file_id", "finish_reason", "stop_reason", "index",
)  # fmt: skip
NAMES = st.sampled_from(FIELDS)
ANY = st.recursive(
    SCALARS,
    lambda below: st.lists(below, max_size=2) | st.dictionaries(NAMES, below, max_size=3),
    max_leaves=5,
)
PLAIN = st.fixed_dictionaries({"role": st.just("user") | SCALARS, "content": SCALARS})
PARTS = st.lists(st.dictionaries(st.sampled_from(["text", "type", "odd"]), SCALARS, max_size=2) | ANY, max_size=4)
MESSAGE = PLAIN | st.fixed_dictionaries({"content": PARTS}, optional={"role": SCALARS}) | st.dictionaries(NAMES, ANY)
MESSAGES = st.lists(MESSAGE | ANY, max_size=3) | ANY
CHOICE = st.fixed_dictionaries(
    {"message": PLAIN | st.dictionaries(NAMES, SCALARS, max_size=4)}, optional=dict.fromkeys(("odd", *FIELDS[-3:]), ANY)
)
CHOICES = st.lists(CHOICE | ANY, max_size=3) | ANY
