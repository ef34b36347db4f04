"""Names of fields that the OpenAI API, JSON Schema and vLLM's additions to it have. Any other name is a text."""

KNOWN = frozenset({
    # requests
    "messages", "prompt", "suffix", "input", "instructions", "tools", "functions", "function_call", "response_format",
    "prediction", "stop", "documents", "query", "queries", "text", "text_1", "text_2", "text_pair", "reasoning",
    "audio", "web_search_options", "verbosity", "chat_template_kwargs", "extra_body", "guided_json", "guided_regex",
    "guided_choice", "guided_grammar", "structured_outputs", "top_k", "min_p", "min_tokens", "repetition_penalty",
    "length_penalty", "stop_token_ids", "bad_words", "ignore_eos", "skip_special_tokens",
    "spaces_between_special_tokens", "include_stop_str_in_output", "add_generation_prompt", "continue_final_message",
    "add_special_tokens", "echo", "best_of", "use_beam_search", "allowed_token_ids", "prompt_logprobs",
    "return_token_ids", "request_id", "priority", "cache_salt", "top_n", "return_documents", "truncate_prompt_tokens",
    "mm_processor_kwargs", "logits_processors", "kv_transfer_params", "vllm_xargs", "chat_template", "style",
    "background", "moderation", "output_format", "output_compression", "partial_images", "user",
    # messages and items
    "role", "content", "name", "type", "refusal", "tool_calls", "tool_call_id", "function", "arguments", "id", "index",
    "call_id", "output", "status", "summary", "encrypted_content", "image_url", "input_audio", "video_url",
    "audio_url", "file", "file_data", "file_id", "file_url", "filename", "url", "detail", "data", "format",
    "reasoning_content", "annotations", "logprobs", "cache_control", "phase", "thinking", "signature", "source",
    "media_type", "title", "context", "item_id", "variables", "version", "expires_at", "transcript",
    # tools and schemas
    "description", "parameters", "strict", "json_schema", "schema", "properties", "required", "items", "enum",
    "additionalProperties", "anyOf", "oneOf", "allOf", "not", "$ref", "$defs", "definitions", "$schema", "const",
    "default", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "uniqueItems", "pattern",
    "examples", "nullable", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "prefixItems", "patternProperties",
    "propertyNames", "minProperties", "maxProperties", "grammar", "regex", "choice", "json", "json_object",
    "structural_tag", "effort", "generate_summary",
})  # fmt: skip
"""Such names are not looked at: they are the same whoever asks."""
