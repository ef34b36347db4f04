"""Reading sources that are too large for a bundle: what a catalogue's resolve Job, a runner and a laptop do alike."""
