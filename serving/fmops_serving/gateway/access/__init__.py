"""Who may ask: keys, and how much each may use."""
