"""What of a request and an answer of the OpenAI API is text: for the gateway, and for engines that mount the guard."""
