"""The matching engine and the ledger: commands in, events out. Pure."""
