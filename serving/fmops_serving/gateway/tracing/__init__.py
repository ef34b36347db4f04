"""Spans of OpenTelemetry: one for each request, and one for each address that was asked for it.

Off unless a collector is named; nothing here but `settings` is loaded then, and `Exchange.span` stays None.
"""
