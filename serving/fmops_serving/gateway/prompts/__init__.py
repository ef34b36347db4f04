"""Prompts and chains called by name: rendered here from a catalogue's bundle, then asked as any other request."""
