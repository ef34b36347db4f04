"""Which backend and which of its addresses answers a request. Pure decisions over what is known."""
