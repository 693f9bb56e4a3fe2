"""The same orders under the same faults, through several clients, beside what truly happened."""
