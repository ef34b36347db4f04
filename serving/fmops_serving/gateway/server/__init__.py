"""HTTP/1.1 towards clients: requests within bounds in, answers out, over httptools and asyncio's protocols."""
