"""Public trades that outsiders took part in, on disk beside the journal."""
