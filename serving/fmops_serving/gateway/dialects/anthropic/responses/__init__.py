"""OpenAI's Responses API over the Messages API, by way of the chat request and answer that mean the same."""
