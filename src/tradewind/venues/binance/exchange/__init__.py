"""The exchange side: wire message -> engine command, engine events -> wire messages (pure)."""
